/**
 * What is said on the links between gateways and workers, counted as it comes by: which kinds of
 * messages about each slot, and the inputs that were under way when a slot's binding was closed.
 */
import type { LinkMessage } from '../../../link/index.ts';
import type { TappedMessage } from '../link-tap.ts';

export class WireTally {
  /** Inputs of bindings that were closed by `MOVING` before their acknowledgement. */
  inFlightWhenMoved = 0;
  readonly #kinds = new Map<number, Set<string>>();
  /** By link, slot and binding, the numbers of inputs without acknowledgement. */
  readonly #open = new Map<string, Set<number>>();

  /** For `onLinkMessage` of a cluster. */
  readonly take = ({ dialler, link, message }: TappedMessage): void => {
    if (dialler !== 'gateway' || !('slot' in message)) return;
    const kinds = this.#kinds.get(message.slot) ?? new Set();
    this.#kinds.set(message.slot, kinds.add(message.type));
    this.#count(link, message);
  };

  /** What was said about the slot since the last `forget`. */
  kinds(slot: number): readonly string[] {
    return [...(this.#kinds.get(slot) ?? [])].sort();
  }

  forget(): void {
    this.#kinds.clear();
  }

  #count(link: number, message: Extract<LinkMessage, { readonly slot: number }>): void {
    if (!('binding' in message)) return;
    const name = `${link} ${message.slot} ${message.binding}`;
    const open = this.#open.get(name) ?? new Set();
    if (message.type === 'INPUT') this.#open.set(name, open.add(message.n));
    if (message.type === 'INPUT_ACK') open.delete(message.n);
    if (message.type !== 'MOVING') return;
    this.inFlightWhenMoved += open.size;
    this.#open.delete(name);
  }
}
