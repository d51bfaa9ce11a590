/** Gathers what one step says to each peer, so that it travels as one write. */
import type { BootId } from '../../base/index.ts';
import type { LinkMessage } from '../../link/index.ts';

export class Outbox {
  readonly #byPeer = new Map<BootId, LinkMessage[]>();

  add(peer: BootId, message: LinkMessage): void {
    const messages = this.#byPeer.get(peer);
    if (messages === undefined) this.#byPeer.set(peer, [message]);
    else messages.push(message);
  }

  flush(send: (peer: BootId, messages: readonly LinkMessage[]) => void): void {
    for (const [peer, messages] of this.#byPeer) send(peer, messages);
  }
}
