/**
 * What the host knows of one other process: its link if there is one, and the dialling that goes
 * on while it is wanted and not linked. One attempt at a time; waits double up to a bound, with
 * jitter, and start over only after a link has held for a while, so that a link that breaks as
 * soon as it is up cannot spin.
 */
import type { BootId, Cancel, Clock, Random } from '../base/index.ts';
import type { Connection } from './connection.ts';
import type { LinkErrorCode } from './errors.ts';
import type { LinkLimits } from './options.ts';

export interface PeerContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: LinkLimits;
  /** Opens a connection to the peer. */
  readonly dial: (address: string) => Connection;
}

export class Peer {
  readonly boot: BootId;
  readonly #context: PeerContext;
  /** Where to dial it; undefined = not wanted (any more). */
  #address: string | undefined;
  #dial: Connection | undefined;
  #retry: Cancel | undefined;
  #attempts = 0;
  #upAtMs = 0;
  /** Its link was up once and broke: a refused dial now means that the process is gone. */
  #hasBroken = false;
  /** What the last attempt failed of: said once, not at each attempt. */
  #complaint: LinkErrorCode | undefined;
  link: Connection | undefined;
  /** On its way in or out. */
  mayLeave = false;

  constructor(boot: BootId, context: PeerContext) {
    this.boot = boot;
    this.#context = context;
  }

  get hasBroken(): boolean {
    return this.#hasBroken;
  }

  get isWanted(): boolean {
    return this.#address !== undefined;
  }

  /** An attempt on which something was said already (see `contest.ts`). */
  get isHandshaking(): boolean {
    return this.#dial !== undefined && this.#dial.phase !== 'connecting';
  }

  /** The attempt under way, for the host's tick. */
  get dialling(): Connection | undefined {
    return this.#dial;
  }

  want(address: string): void {
    this.#address = address;
    if (this.link === undefined && this.#dial === undefined && this.#retry === undefined) {
      this.#schedule();
    }
  }

  /** Stops dialling for good; what is open stays for the host to close. */
  unwant(): void {
    this.#address = undefined;
    this.#retry?.();
    this.#retry = undefined;
  }

  /** What is open to the peer besides `connection`. */
  others(connection: Connection | undefined): readonly Connection[] {
    const open = [this.#dial, this.link].filter((other) => other !== undefined);
    return open.filter((other) => other !== connection);
  }

  linked(connection: Connection): void {
    this.#retry?.();
    this.#retry = undefined;
    this.#dial = undefined;
    this.link = connection;
    this.#upAtMs = this.#context.clock.nowMs();
    this.#complaint = undefined;
  }

  /** Dials again if it is still wanted. @returns whether `connection` was the link. */
  closed(connection: Connection): boolean {
    const wasLink = this.link === connection;
    if (wasLink) {
      this.link = undefined;
      this.#hasBroken = true;
      const heldMs = this.#context.clock.nowMs() - this.#upAtMs;
      if (heldMs >= this.#context.limits.redialMaxMs) this.#attempts = 0;
    }
    if (this.#dial === connection) this.#dial = undefined;
    if (this.#address !== undefined) this.want(this.#address);
    return wasLink;
  }

  /** Whether this failure is news. */
  isNews(code: LinkErrorCode): boolean {
    if (this.#complaint === code) return false;
    this.#complaint = code;
    return true;
  }

  #schedule(): void {
    const delayMs = this.#delayMs();
    this.#attempts += 1;
    this.#retry = this.#context.clock.after(delayMs, () => {
      this.#retry = undefined;
      if (this.#address === undefined || this.link !== undefined) return;
      this.#dial = this.#context.dial(this.#address);
    });
  }

  #delayMs(): number {
    if (this.#attempts === 0) return 0;
    const { redialMinMs, redialMaxMs } = this.#context.limits;
    const fullMs = Math.min(redialMaxMs, redialMinMs * 2 ** Math.min(this.#attempts - 1, 30));
    return fullMs * (0.5 + this.#context.random.next() / 2);
  }
}
