/**
 * The trace of a run: always a hash (two runs of one seed must agree on it), and text lines
 * when somebody wants to read what happened.
 */
export class Trace {
  readonly #print: ((line: string) => void) | undefined;
  #hash = 0x811c9dc5;

  constructor(print?: (line: string) => void) {
    this.#print = print;
  }

  get isReadable(): boolean {
    return this.#print !== undefined;
  }

  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0');
  }

  /** `detail` is only called when somebody reads along. */
  add(nowMs: number, who: string, what: string, detail?: () => string): void {
    this.#mix(nowMs);
    this.#text(who);
    this.#text(what);
    if (this.#print === undefined) return;
    const more = detail === undefined ? '' : ` ${detail()}`;
    this.#print(`${String(nowMs).padStart(6)} ${who.padEnd(8)} ${what}${more}`);
  }

  #text(text: string): void {
    for (let at = 0; at < text.length; at += 1) this.#mix(text.charCodeAt(at));
  }

  #mix(value: number): void {
    this.#hash = Math.imul(this.#hash ^ value, 0x01000193);
  }
}

/** A value as one short line: maps opened, bytes as text, long arrays cut. */
export function shortly(value: unknown): string {
  const text = JSON.stringify(value, (_key, part: unknown) => {
    if (part instanceof Map) return [...part];
    if (part instanceof Uint8Array) return Buffer.from(part).toString();
    return part;
  });
  if (text === undefined) return '';
  return text.length > 3000 ? `${text.slice(0, 3000)}…` : text;
}
