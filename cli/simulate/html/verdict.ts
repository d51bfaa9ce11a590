/** The answer, before anything else: is it safe, why not, and the numbers that decide. */

import { measureNames } from '../headline.ts';
import { type Markup, markup } from './markup.ts';
import { amount, duration, percent, times, whole } from './numbers.ts';
import { tiles } from './table.ts';
import type { View } from './view.ts';

/** A time line can break one limit at each of its steps; the step table marks every one. */
const problemsShown = 8;

export function verdictSection(view: View): Markup {
  const { report } = view;
  const shown = report.problems.slice(0, problemsShown);
  const left = report.problems.length - shown.length;
  return markup`<section id="verdict" class="verdict ${report.isOk ? 'is-ok' : 'is-not-ok'}" aria-labelledby="verdict-title">
<h2 id="verdict-title"><span class="mark" aria-hidden="true">${report.isOk ? '✓' : '✗'}</span> ${report.isOk ? 'OK' : 'Not OK'}</h2>
<p class="headline"><bdi>${report.headline}</bdi></p>
${shown.length > 0 && markup`<ul class="problems">${shown.map((problem) => markup`<li><bdi>${problem}</bdi></li>`)}</ul>`}${
  left > 0 && markup`<p class="note">… and ${whole(left)} more.</p>`
}
${numbers(view)}</section>
`;
}

function numbers({ simulation, moving, measure, hasUsers, report }: View): Markup {
  const { total, verdict, steps, load, rates, net } = simulation;
  const { maxMoved, maxImbalance } = report.asked.thresholds;
  const paced = steps.reduce((sum, { bill }) => sum + bill.handover.pacedSeconds, 0);
  const lost = steps.reduce((sum, { bill }) => sum + bill.handover.usersLost, 0);
  const collateral = steps.reduce((sum, { movement }) => sum + movement.collateral[moving], 0);
  const part = (count: number, all: number): string => percent(all === 0 ? 0 : count / all);
  const word = measureNames[moving];
  const many = steps.length > 1;
  const limited = (limit: string | undefined): string =>
    limit === undefined ? 'no limit was set' : `limit ${limit}`;
  const keys = steps.reduce((sum, { movement }) => sum + movement.fraction.slots, 0);
  const circle = steps.reduce((sum, { movement }) => sum + movement.circle, 0);
  return tiles([
    [
      `${hasUsers ? 'Users' : 'Slots'} that move`,
      amount(total.moved[moving], moving),
      `${part(total.moved[moving], load[moving])} of ${amount(load[moving], moving)}${many ? `, ${whole(steps.length)} steps added up` : ''}`,
    ],
    ...(hasUsers
      ? ([
          [
            'Connections that move',
            amount(total.moved.connections),
            `${part(total.moved.connections, load.connections)} of ${amount(load.connections)}`,
          ],
        ] as const)
      : []),
    [
      'Key space that moves',
      percent(keys),
      many
        ? `exactly, in slots, all steps added up; ${percent(net.fraction.slots)} from beginning to end`
        : `exactly, in slots; ${percent(circle)} of the circle`,
    ],
    [
      'Least possible',
      amount(total.minimum[moving], moving),
      `${word}, for the shares that come of it`,
    ],
    ['Collateral', amount(collateral), `${word} moved between two to whom nothing happened`],
    [
      'Busiest worker ÷ fair',
      `${times(verdict.imbalanceBefore)} → ${times(verdict.imbalanceAfter)}`,
      `by ${measureNames[measure]}${many ? `, at worst ${times(verdict.worstImbalance)}` : ''}; ${limited(maxImbalance === undefined ? undefined : times(maxImbalance))}`,
    ],
    [
      'Largest planned step',
      percent(verdict.worstMoved),
      `of all ${word}; ${limited(maxMoved === undefined ? undefined : percent(maxMoved))}`,
    ],
    ...(lost > 0
      ? ([
          [
            'Users who lose both copies',
            markup`<span class="bad">${amount(lost)}</span>`,
            'owner and second copy are gone at once',
          ],
        ] as const)
      : []),
    ...(hasUsers
      ? ([
          ['Time of the move', duration(paced), `at ${amount(rates.pacePerS)} connections/s`],
        ] as const)
      : []),
  ]);
}
