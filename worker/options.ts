/**
 * A worker's limits, complete and checked: those given over the defaults. What flags and variables
 * say is read by cli/, from the same table.
 */
import { ConfigError } from '../base/index.ts';
import {
  brokenRelations,
  defaultLimits,
  type Limits,
  limitSpecs,
  type NumericLimit,
  numericLimits,
} from './limits.ts';

/**
 * The defaults with some limits changed, checked like parsed ones.
 * @throws ConfigError `config.invalid`
 */
export function limitsWith(changes: Partial<Limits>): Limits {
  const limits = withDerived(changes);
  const problems = numericLimits.flatMap((name) => {
    const problem = outOfRange(name, limits[name]);
    return problem === undefined ? [] : [`${name} ${problem}`];
  });
  if (problems.length === 0) problems.push(...brokenRelations(limits));
  if (problems.length > 0) throw new ConfigError(problems);
  return limits;
}

/** Lease and hold-off follow the session timeout unless given. */
function withDerived(given: Partial<Limits>): Limits {
  const sessionTimeoutMs = given.sessionTimeoutMs ?? defaultLimits.sessionTimeoutMs;
  return {
    ...defaultLimits,
    leaseMs: Math.floor((sessionTimeoutMs * 2) / 3),
    holdOffMs: Math.ceil(sessionTimeoutMs * 1.5),
    ...given,
  };
}

function outOfRange(name: NumericLimit, value: number): string | undefined {
  const { min, max } = limitSpecs[name];
  if (!Number.isSafeInteger(value)) return `${value} is not a whole number`;
  return value >= min && value <= max ? undefined : `${value} is not within ${min} … ${max}`;
}
