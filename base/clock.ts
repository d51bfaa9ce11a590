/**
 * Time, as the rest of the project sees it. Nothing outside `system-clock.ts` reads the
 * machine's clock or makes a timer, so that tests and the fault simulator own all time.
 */
export interface Clock {
  /** Monotonic milliseconds since some fixed point; reading it never moves it. */
  nowMs(): number;
  /** Wall-clock milliseconds since 1970, for time stamps that leave the process. */
  wallMs(): number;
  /** Runs `task` once after `delayMs`; the returned function cancels it. */
  after(delayMs: number, task: () => void): Cancel;
  /** Runs `task` every `periodMs`; the returned function stops it. */
  every(periodMs: number, task: () => void): Cancel;
}

export type Cancel = () => void;
