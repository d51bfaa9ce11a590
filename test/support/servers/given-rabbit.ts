/**
 * A running broker, given by its address, as the tests isolate themselves on it: through the HTTP
 * API of its management plugin, because nothing else makes virtual hosts from outside. It is
 * never stopped, frozen or cut off, and loses nothing but the virtual hosts made here.
 */
import { systemRandom } from '../../../base/index.ts';
import { type RabbitHost, vhostOf } from './rabbit.ts';

const answerDeadlineMs = 10_000;

/** Uses the broker at `url`. @param management the address of its HTTP API; by default the same
 * host's port 15672 */
export function givenRabbit(url: string, management: string | undefined): RabbitHost {
  const broker = new URL(url);
  const user = decodeURIComponent(broker.username) || 'guest';
  const password = decodeURIComponent(broker.password) || 'guest';
  const api = management ?? `http://${broker.hostname}:15672`;
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const made = new Set<string>();

  const request = async (method: string, path: string, body?: object): Promise<Response> => {
    const answer = await fetch(new URL(path, api), {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      signal: AbortSignal.timeout(answerDeadlineMs),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok && answer.status !== 404) {
      throw new Error(`${method} ${path} at ${api} answered ${answer.status}`);
    }
    return answer;
  };
  const deleteVhost = async (vhostUrl: string): Promise<void> => {
    await request('DELETE', `/api/vhosts/${encodeURIComponent(vhostOf(vhostUrl))}`);
    made.delete(vhostUrl);
  };

  return {
    url: broker.href.replace(/\/$/, ''),
    createVhost: async () => {
      const vhost = `ringway-test-${systemRandom.hex(6)}`;
      const vhostUrl = new URL(`/${vhost}`, broker).href;
      await request('PUT', `/api/vhosts/${vhost}`, {});
      made.add(vhostUrl);
      await request('PUT', `/api/permissions/${vhost}/${encodeURIComponent(user)}`, {
        configure: '.*',
        write: '.*',
        read: '.*',
      });
      return vhostUrl;
    },
    deleteVhost,
    queue: async (vhostUrl, name) => {
      const path = [vhostOf(vhostUrl), name].map(encodeURIComponent).join('/');
      const answer = await request('GET', `/api/queues/${path}`);
      if (answer.status === 404) return undefined;
      const state = (await answer.json()) as Record<string, number | undefined>;
      return {
        messages: state.messages ?? 0,
        ready: state.messages_ready ?? 0,
        consumers: state.consumers ?? 0,
      };
    },
    close: async () => {
      for (const vhostUrl of made) await deleteVhost(vhostUrl);
    },
  };
}
