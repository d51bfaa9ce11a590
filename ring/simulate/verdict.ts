/** OK or not, and why: thresholds against every step, survey and the law of minimal movement. */
import { quoted, RingError } from '../error.ts';
import { slotCount } from '../hash.ts';
import type { RingState, StepResult, Survey, Verdict, VerdictReason } from './results.ts';
import type { Measure, Thresholds } from './types.ts';

/** @throws RingError `ring.bad_option` */
export function requireThresholds(given: Thresholds = {}): Thresholds {
  requireAtLeast('maxMoved', given.maxMoved, 0, 1);
  requireAtLeast('maxImbalance', given.maxImbalance, 1, Number.MAX_VALUE);
  return given;
}

export function verdictOf(of: {
  readonly before: RingState;
  readonly steps: readonly StepResult[];
  readonly surveys: readonly Survey[];
  readonly measure: Measure;
  /** What `maxMoved` is a fraction of. */
  readonly moving: Measure;
  readonly thresholds: Thresholds;
}): Verdict {
  const { before, steps, surveys, measure, moving, thresholds } = of;
  const { maxMoved, maxImbalance } = thresholds;
  const reasons: VerdictReason[] = [];
  const judge = (
    code: VerdictReason['code'],
    step: number,
    value: number,
    limit: number | undefined,
  ): void => {
    if (limit !== undefined && value > limit) reasons.push({ code, step, value, limit });
  };
  const planned = steps.filter(({ cause }) => cause === 'planned');
  for (const { step, cause, movement, after } of steps) {
    if (cause === 'planned') judge('moved', step, movement.fraction[moving], maxMoved);
    judge('imbalance', step, after.balance[measure].max, maxImbalance);
    const { circle, slots } = movement.collateral;
    judge('collateral', step, Math.max(circle, slots / slotCount), 0);
  }
  for (const { afterStep, worst } of surveys) {
    judge('imbalance-after-crash', afterStep, worst?.timesFair ?? 0, maxImbalance);
  }
  // A ring that nothing happens to is judged as it is.
  if (steps.length === 0) judge('imbalance', 0, before.balance[measure].max, maxImbalance);
  const imbalances = steps.map(({ after }) => after.balance[measure].max);
  const imbalanceBefore = before.balance[measure].max;
  return {
    isOk: reasons.length === 0,
    reasons: reasons.sort((a, b) => a.step - b.step),
    worstMoved: Math.max(0, ...planned.map(({ movement }) => movement.fraction[moving])),
    worstImbalance: Math.max(...(imbalances.length === 0 ? [imbalanceBefore] : imbalances)),
    imbalanceBefore,
    imbalanceAfter: imbalances.at(-1) ?? imbalanceBefore,
  };
}

function requireAtLeast(name: string, value: number | undefined, min: number, max: number): void {
  if (value === undefined || (value >= min && value <= max)) return;
  const range = max === Number.MAX_VALUE ? `from ${min} up` : `from ${min} to ${max}`;
  throw new RingError('ring.bad_option', `${name} ${quoted(value)} is not a number ${range}`);
}
