/**
 * Shortens the schedule of a violation by delta debugging: leaves out halves, then quarters, then
 * single faults, then halves their spans, as long as a whole run still breaks the same invariant.
 */
import { type Case, runCase } from './case.ts';
import type { Fault } from './fault.ts';
import type { Run } from './run.ts';

export interface Shortened {
  readonly case: Case;
  readonly run: Run;
  /** Runs that it took. */
  readonly runs: number;
}

const spanFields = ['forMs', 'backMs'] as const;
/** Shorter spans say nothing more. */
const spanMinMs = 40;

/** @param found breaks an invariant, as `run` has shown */
export function shorten(found: Case, run: Run, runsMax = 200): Shortened {
  const search = new Search(found, run, runsMax);
  search.leaveOutLater();
  search.leaveOutParts();
  search.halveSpans();
  return { case: search.best, run: search.run, runs: search.runs };
}

class Search {
  best: Case;
  run: Run;
  runs = 0;
  readonly #invariant: string | undefined;
  readonly #runsMax: number;

  constructor(found: Case, run: Run, runsMax: number) {
    this.best = found;
    this.run = run;
    this.#invariant = run.violation?.invariant;
    this.#runsMax = runsMax;
  }

  /** What comes after the violation has no part in it. */
  leaveOutLater(): void {
    const { endedAtMs } = this.run;
    const earlier = this.best.faults.filter(({ atMs }) => atMs <= endedAtMs);
    if (earlier.length < this.best.faults.length) this.#try(earlier);
  }

  leaveOutParts(): void {
    if (this.best.faults.length > 0 && this.#try([])) return;
    for (let parts = 2; this.best.faults.length > 0 && this.#hasRunsLeft; ) {
      const count = this.best.faults.length;
      const isShorter = this.#leaveOutOneOf(Math.min(parts, count));
      if (isShorter) parts = Math.max(2, parts - 1);
      else if (parts >= count) return;
      else parts *= 2;
    }
  }

  halveSpans(): void {
    for (let at = 0; at < this.best.faults.length; at += 1) {
      for (const field of spanFields) while (this.#hasRunsLeft && this.#halve(at, field));
    }
  }

  get #hasRunsLeft(): boolean {
    return this.runs < this.#runsMax;
  }

  #leaveOutOneOf(parts: number): boolean {
    const { faults } = this.best;
    const size = Math.ceil(faults.length / parts);
    // The last first: what came later is more likely to be beside the point.
    for (let part = parts - 1; part >= 0 && this.#hasRunsLeft; part -= 1) {
      const rest = faults.filter((_, at) => Math.floor(at / size) !== part);
      if (rest.length < faults.length && this.#try(rest)) return true;
    }
    return false;
  }

  #halve(at: number, field: (typeof spanFields)[number]): boolean {
    const fault = new Map<string, unknown>(Object.entries(this.best.faults[at] ?? {}));
    const span = fault.get(field);
    if (typeof span !== 'number' || span < 2 * spanMinMs) return false;
    const shorter = { ...this.best.faults[at], [field]: Math.ceil(span / 2) } as Fault;
    return this.#try(this.best.faults.with(at, shorter));
  }

  #try(faults: readonly Fault[]): boolean {
    this.runs += 1;
    const run = runCase({ ...this.best, faults });
    if (run.violation === undefined || run.violation.invariant !== this.#invariant) return false;
    this.best = { ...this.best, faults };
    this.run = run;
    return true;
  }
}
