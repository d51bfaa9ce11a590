/**
 * Judges a run of separate processes by the files that its clients and publishers wrote: one
 * pass over all of them, merged by time, through the one history checker.
 */
import { HistoryJudge } from '../history.ts';
import type { HistoryEntry } from '../history-entry.ts';
import type { HistoryOptions, Verdict } from '../history-verdict.ts';
import { mergedJournals } from './journal.ts';

/** Changes a history on its way into the judge, to see that the judge would notice. */
export type Tamper = (entry: HistoryEntry) => readonly HistoryEntry[];

export interface JudgeOptions extends HistoryOptions {
  readonly tamper?: Tamper;
}

/** @param paths publishers' files first: of entries of one moment the sending counts as earlier */
export async function judgeJournals(
  paths: readonly string[],
  options: JudgeOptions = {},
): Promise<Verdict> {
  const { tamper = (entry) => [entry], ...rest } = options;
  const judge = new HistoryJudge(rest);
  for await (const entry of mergedJournals(paths)) {
    for (const changed of tamper(entry)) judge.take(changed);
  }
  return judge.verdict();
}

/** The first few faults, as text: what a failed test prints. */
export function faultLines({ faults }: Verdict, linesMax = 8): readonly string[] {
  const lines = faults
    .slice(0, linesMax)
    .map(({ kind, client, id, detail }) => `${kind}: ${client} ${id}: ${detail}`);
  return faults.length > linesMax ? [...lines, `and ${faults.length - linesMax} more`] : lines;
}
