/** Gathers what one step says to each peer, so that it travels as one write. */
import type { BootId } from '../../base/index.ts';
import type { LinkMessage } from '../../link/index.ts';

export class Outbox {
  // Most steps say nothing or one thing, so a search beats a map.
  readonly #peers: BootId[] = [];
  readonly #messages: LinkMessage[][] = [];

  add(peer: BootId, message: LinkMessage): void {
    const messages = this.#messages[this.#peers.indexOf(peer)];
    if (messages !== undefined) {
      messages.push(message);
      return;
    }
    this.#peers.push(peer);
    this.#messages.push([message]);
  }

  /** Empty again afterwards. */
  flush(send: (peer: BootId, messages: readonly LinkMessage[]) => void): void {
    if (this.#peers.length === 0) return;
    for (const [at, peer] of this.#peers.entries()) send(peer, this.#messages[at] ?? []);
    this.#peers.length = 0;
    this.#messages.length = 0;
  }
}
