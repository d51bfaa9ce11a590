/**
 * What workers and gateways wrote in their logs about faults, with their own times: when somebody
 * decided that a worker is gone, and when the first of its slots had another owner.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

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
/** Of each process, to be looked at when something went wrong. */
const keptMax = 20_000;

export class LogWatch {
  #lines: LogLine[] = [];
  readonly #kept = new Map<string, string[]>();

  readonly take = (from: string, line: string): void => {
    const kept = this.#kept.get(from) ?? [];
    if (kept.length === 0) this.#kept.set(from, kept);
    if (kept.push(line) > keptMax) kept.splice(0, keptMax / 2);
    if (!heard.test(line) || this.#lines.length >= linesMax) return;
    const { msg, time, ...fields } = JSON.parse(line) as Record<string, unknown>;
    this.#lines.push({ from, event: String(msg), wallMs: Number(time), fields });
  };

  /** Forgets what was said before. */
  begin(): void {
    this.#lines = [];
  }

  /** Writes the last lines of every process to files there. */
  save(folder: string): void {
    for (const [id, lines] of this.#kept) {
      writeFileSync(join(folder, `${id}.log`), `${lines.join('\n')}\n`);
    }
  }

  first(event: string, is: (line: LogLine) => boolean = () => true): LogLine | undefined {
    return this.#lines.find((line) => line.event === event && is(line));
  }
}
