/** ZooKeeper's own commands of four letters: what the server itself says, without credentials. */
import { connect } from 'node:net';

/** @param server `host:port` */
export async function fourLetters(server: string, word: 'dump' | 'mntr' | 'srvr'): Promise<string> {
  const [host = '', port = ''] = server.split(':');
  const socket = connect(Number(port), host);
  socket.setTimeout(5000, () => socket.destroy(new Error(`${server} does not answer ${word}`)));
  socket.end(word);
  let answer = '';
  for await (const part of socket.setEncoding('utf8')) answer += String(part);
  return answer;
}

/**
 * The nodes in a cluster's `live`, `ring` or `gateways` whose session has not ended, as the
 * server lists the ephemeral nodes of all sessions.
 * @param zooKeeper `host:port[,host:port…]/chroot`
 */
export async function ephemeralNodes(
  zooKeeper: string,
  folder: 'live' | 'ring' | 'gateways',
): Promise<readonly string[]> {
  const slash = zooKeeper.indexOf('/');
  const [server = ''] = zooKeeper.slice(0, slash).split(',');
  const below = `${zooKeeper.slice(slash)}/ringway/${folder}/`;
  const lines = (await fourLetters(server, 'dump')).split('\n').map((line) => line.trim());
  return lines.flatMap((line) => (line.startsWith(below) ? [line.slice(below.length)] : []));
}
