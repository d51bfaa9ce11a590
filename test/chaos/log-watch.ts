/**
 * What workers and gateways wrote in their logs about faults, with their own times: when somebody
 * decided that a worker is gone, and when the first of its slots had another owner.
 */
export interface LogLine {
  /** Whose log. */
  readonly from: string;
  readonly event: string;
  /** Of the system's clock, as logged. */
  readonly wallMs: number;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Logs say much more: a line is parsed only if one of these names is in it. */
const heard = /"msg":"(worker\.evicting|session\.lost|slot\.lost|slot\.owned)"/;
const linesMax = 20_000;

export class LogWatch {
  #lines: LogLine[] = [];

  readonly take = (from: string, line: string): void => {
    if (!heard.test(line) || this.#lines.length >= linesMax) return;
    const { msg, time, ...fields } = JSON.parse(line) as Record<string, unknown>;
    this.#lines.push({ from, event: String(msg), wallMs: Number(time), fields });
  };

  /** Forgets what was said before. */
  begin(): void {
    this.#lines = [];
  }

  first(event: string, is: (line: LogLine) => boolean = () => true): LogLine | undefined {
    return this.#lines.find((line) => line.event === event && is(line));
  }
}
