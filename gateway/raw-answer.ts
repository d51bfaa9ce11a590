/**
 * An HTTP answer on a socket whose request asked for an upgrade: Node hands such a socket over
 * without a `ServerResponse`.
 */
import type { Duplex } from 'node:stream';
import type { Clock } from '../base/index.ts';
import { type RefusalCode, refusalText } from './refusals.ts';

const lingerMs = 500;

/**
 * Answers and closes. Reads on for a moment: closing a socket with unread bytes resets it, and
 * the reset can overtake the answer on its way to the client.
 */
export function answerRefusal(socket: Duplex, code: RefusalCode, clock: Clock): void {
  if (socket.destroyed) return;
  const cancel = clock.after(lingerMs, () => socket.destroy());
  socket.once('close', cancel);
  socket.end(refusalText(code));
  socket.resume();
}

/** For any socket before it has an owner: a reset must never become an uncaught exception. */
export function ignoreErrors(socket: Duplex): void {
  socket.on('error', ignore);
}

function ignore(): void {
  // 'close' follows, and whoever needs to know listens for that.
}
