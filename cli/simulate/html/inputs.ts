/** What was asked and by which version: with the same, anybody gets this page again, to the byte. */

import { measureNames } from '../headline.ts';
import type { SimulationReport, UsersAsked } from '../report.ts';
import { type Content, type Markup, markup } from './markup.ts';
import { amount, percent, times, whole } from './numbers.ts';
import { section } from './table.ts';
import { htmlLimits, type View } from './view.ts';

export function inputsSection(view: View): Markup {
  const { report, simulation } = view;
  const { ring, thresholds, scenario } = report.asked;
  const entries: readonly (readonly [string, Content])[] = [
    ['Ringway', report.ringway],
    ['Schema of the report', report.schema],
    ['Ring', `${ringSources[ring.from]}${ring.name === undefined ? '' : `: ${ring.name}`}`],
    ['Ring before', markup`<code>${simulation.before.ringId}</code>`],
    ['Ring after', markup`<code>${simulation.after.ringId}</code>`],
    ['Users', usersOf(view)],
    ['Judged by', measureNames[simulation.measure]],
    [
      'Largest planned step',
      thresholds.maxMoved === undefined ? 'not judged' : percent(thresholds.maxMoved),
    ],
    [
      'Largest imbalance',
      thresholds.maxImbalance === undefined ? 'not judged' : times(thresholds.maxImbalance),
    ],
  ];
  return section(
    'inputs',
    'What was asked',
    markup`<dl class="facts">${entries.map(([name, value]) => markup`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
<p>Scenario:</p><pre>${bounded(lines(scenario))}</pre>
<details><summary>Members before the first step, as a ring file</summary><pre>${bounded(lines(simulation.before.members))}</pre></details>
<p class="quiet note">The same input, seed and version give this page again, to the byte. Nothing in it depends on when or where it was made, and it loads nothing from anywhere.</p>
`,
  );
}

const ringSources: Readonly<Record<SimulationReport['asked']['ring']['from'], string>> = {
  workers: 'from the command line',
  file: 'from a file',
  zookeeper: 'the live cluster, in ZooKeeper',
};

function usersOf({ report, simulation }: View): string {
  const { users } = report.asked;
  const { load } = simulation;
  if (users.from === 'none') return 'none: slots are counted';
  const counts = `${amount(load.users)} users, ${amount(load.connections)} connections${load.eventsPerS > 0 ? `, ${amount(load.eventsPerS)} events/s` : ''}`;
  return [counts, ...sourceOf(users), `keys begin with ${JSON.stringify(users.keyPrefix)}`].join(
    '; ',
  );
}

function sourceOf({ from, name, lines, matched, repeated, seed, zipf }: UsersAsked): string[] {
  const sources: Readonly<Record<UsersAsked['from'], string>> = {
    none: 'none',
    csv: 'from a table',
    log: 'from a log',
    synthetic: 'synthetic',
  };
  const facts: readonly (string | undefined)[] = [
    `${sources[from]}${name === undefined ? '' : ` ${name === '-' ? '(standard input)' : name}`}`,
    lines === undefined ? undefined : `${whole(lines)} lines`,
    matched === undefined ? undefined : `${whole(matched)} matched`,
    repeated === undefined || repeated === 0
      ? undefined
      : `${whole(repeated)} of users named before`,
    seed === undefined ? undefined : `seed ${seed}`,
    zipf === undefined ? undefined : `Zipf exponent ${zipf}`,
  ];
  return facts.filter((fact) => fact !== undefined);
}

/** One entry on each line: short enough to read, and still what a file may hold. */
function lines(entries: readonly object[]): string {
  if (entries.length === 0) return '[]';
  return `[\n${entries.map((entry) => `  ${JSON.stringify(entry)}`).join(',\n')}\n]`;
}

function bounded(text: string): string {
  const most = htmlLimits.inputCharactersMax;
  return text.length <= most
    ? text
    : `${text.slice(0, most)}\n… ${whole(text.length - most)} more characters`;
}
