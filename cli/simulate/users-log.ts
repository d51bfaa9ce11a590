/**
 * Users from a log of connections, by the operator's own pattern. A pattern with nested
 * repetitions may take for ever on one line; so each portion of lines is matched under a time
 * limit that stops the matching itself, which a timer cannot.
 */
import { createContext, Script } from 'node:vm';
import { RingwayError } from '../../base/index.ts';
import type { Portion } from './text-file.ts';

/** For one portion, some thousand lines: a sane pattern takes milliseconds. */
export const portionTimeLimitMs = 5_000;

export class LogReader {
  private readonly pattern: RegExp;
  private readonly name: string;
  private readonly timeLimitMs: number;
  private readonly context = createContext({ match: () => this.match() });
  private readonly script = new Script('match()');
  private lines: readonly string[] = [];
  private found: string[] = [];

  constructor(pattern: RegExp, name: string, timeLimitMs: number = portionTimeLimitMs) {
    this.pattern = pattern;
    this.name = name;
    this.timeLimitMs = timeLimitMs;
  }

  /** The users of the lines that match, one for each. @throws RingwayError `simulate.slow_pattern` */
  read({ lines, first }: Portion): readonly string[] {
    this.lines = lines;
    this.found = [];
    let matched = 0;
    try {
      this.script.runInContext(this.context, { timeout: this.timeLimitMs });
    } catch (error) {
      matched = this.found.length;
      if (!isTimeout(error)) throw error;
      throw new RingwayError(
        'simulate.slow_pattern',
        `--pattern takes longer than ${this.timeLimitMs} ms for a few lines of ${this.name}, ` +
          `from line ${first} on (${matched} matched); does it nest repetitions, such as (a+)+?`,
      );
    }
    return this.found;
  }

  private match(): void {
    for (const line of this.lines) {
      const user = this.pattern.exec(line)?.groups?.user;
      if (user !== undefined && user !== '') this.found.push(user);
    }
  }
}

function isTimeout(error: unknown): boolean {
  return (
    typeof error === 'object' &&
    error !== null &&
    'code' in error &&
    error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
  );
}
