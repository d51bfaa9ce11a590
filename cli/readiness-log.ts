/**
 * What the log says about readiness: one line when it has been another one for a moment. A link
 * that comes back at once, or a start that takes its usual second, is not worth a line.
 */
import type { Cancel, Clock, Logger, Readiness } from '../base/index.ts';

const settleMs = 1000;

export class ReadinessLog {
  readonly #logger: Logger;
  readonly #clock: Clock;
  #logged = '';
  #cancel: Cancel = () => undefined;
  #isClosed = false;

  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger;
    this.#clock = clock;
  }

  changed(readiness: Readiness): void {
    this.#cancel();
    // What changes while parts are closed is no news, and would keep the process alive.
    if (this.#isClosed) return;
    this.#cancel = this.#clock.after(settleMs, () => this.#write(readiness));
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel();
  }

  #write({ status, reasons }: Readiness): void {
    const isGood = status === 'ready' || status === 'draining';
    const state = isGood ? status : [status, ...reasons.map(({ code }) => code)].join(' ');
    if (state === this.#logged) return;
    this.#logged = state;
    const why = reasons.map(({ code, message }) => `${message} [${code}]`);
    this.#logger[isGood ? 'info' : 'warn'](`process.${status}`, isGood ? {} : { reasons: why });
  }
}
