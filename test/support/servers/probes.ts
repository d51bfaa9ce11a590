/**
 * One question to a server over a fresh TCP connection, with a deadline: a server that has
 * accepted the connection but is still starting, or is frozen, may never answer.
 */
import { connect } from 'node:net';

const answerDeadlineMs = 1000;

/** Sends `question` and resolves with what came back until the end of the connection, until
 * `isEnough`, or until the deadline; with `undefined` when nobody listens. */
export function ask(
  address: { readonly host: string; readonly port: number },
  question: string | Uint8Array,
  isEnough: (answer: Buffer) => boolean = () => false,
): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    let answer = Buffer.alloc(0);
    let wasConnected = false;
    const socket = connect({ ...address, timeout: answerDeadlineMs });
    socket.once('connect', () => {
      wasConnected = true;
      if (isEnough(answer)) socket.destroy();
      else socket.write(question);
    });
    socket.on('data', (bytes) => {
      answer = Buffer.concat([answer, bytes]);
      if (isEnough(answer)) socket.destroy();
    });
    socket.once('timeout', () => socket.destroy());
    socket.once('error', () => undefined);
    socket.once('close', () => resolve(wasConnected ? answer : undefined));
  });
}

/** Whether something accepts connections there. */
export async function isListening(host: string, port: number): Promise<boolean> {
  return (await ask({ host, port }, '', () => true)) !== undefined;
}
