/**
 * What is said on the links under which term: after a fence, whatever is said or accepted under
 * the terms before it is a zombie's.
 */
import type { TappedMessage } from '../link-tap.ts';

export interface TermedMessage {
  readonly type: string;
  readonly slot: number;
  /** undefined = its binding was opened before the watch began. */
  readonly term: number | undefined;
  readonly atMs: number;
}

/** Effects of an owner towards gateways, what its copy says to it, and what it is sent. */
const watched: ReadonlySet<string> = new Set([
  ...['FRAME', 'INPUT_ACK', 'SEND', 'ATTACHED', 'INPUT'],
  ...['APPEND', 'APPENDED', 'FENCED'],
]);

export class TermWatch {
  readonly #terms = new Map<string, number>();
  #messages: TermedMessage[] | undefined;

  /** For `onLinkMessage` of a cluster, from its start: it learns the terms of all bindings. */
  readonly take = ({ link, message, atMs }: TappedMessage): void => {
    if (!('slot' in message)) return;
    const { type, slot } = message;
    if (type === 'BIND') this.#terms.set(`${link} ${slot} ${message.binding}`, message.term);
    if (this.#messages === undefined || !watched.has(type)) return;
    const term =
      'binding' in message ? this.#terms.get(`${link} ${slot} ${message.binding}`) : message.term;
    this.#messages.push({ type, slot, term, atMs });
  };

  /** Keeps what is said from now on. */
  begin(): void {
    this.#messages = [];
  }

  /** What was said of these kinds, about slots under exactly these terms, since a time. */
  said(
    types: readonly string[],
    terms: ReadonlyMap<number, number>,
    sinceMs: number,
  ): readonly TermedMessage[] {
    return (this.#messages ?? []).filter(
      ({ type, slot, term, atMs }) =>
        types.includes(type) && terms.get(slot) === term && term !== undefined && atMs >= sinceMs,
    );
  }
}
