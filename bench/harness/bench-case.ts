/** What `npm run bench -- <name>` runs: one question, answered by comparisons. */
import type { Comparison } from './comparison.ts';

export interface BenchOptions {
  /** How often each side is measured. */
  readonly rounds: number;
  /** Length of one measurement. */
  readonly seconds: number;
  /** Clients, one for each user. */
  readonly users: number;
  /** Numbers of workers to run the case with. */
  readonly workers: readonly number[];
}

export interface BenchCase {
  readonly name: string;
  /** One line: which question. */
  readonly about: string;
  readonly defaults: BenchOptions;
  /** @param say for progress, beside the result */
  run(options: BenchOptions, say: (line: string) => void): Promise<CaseResult>;
}

export interface CaseResult {
  /** Of the servers that took part, by their names. */
  readonly versions: Readonly<Record<string, string>>;
  readonly comparisons: readonly Comparison[];
}
