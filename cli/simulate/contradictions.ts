/** What is wrong between the flags: too many answers to one question, or none. */
import { measures } from './option-kinds.ts';
import type { SimulateValues } from './options.ts';

const scenarioFlags = [
  ...(['add', 'remove', 'crash', 'weight', 'rollingDeploy', 'zoneLoss'] as const),
  ...(['autoscale', 'anyOne', 'anyTwo', 'scenario'] as const),
];

/** One sentence each; `isPlan` = `simulate plan`. */
export function contradictions(values: SimulateValues, isPlan: boolean): readonly string[] {
  return [...ringProblems(values), ...userProblems(values), ...planProblems(values, isPlan)];
}

function ringProblems({ workers, ring, zookeeper, weights }: SimulateValues): readonly string[] {
  const given = [workers, ring, zookeeper].filter((source) => source !== undefined);
  const sources = '--workers, --ring or --zookeeper';
  return [
    ...(given.length === 0 ? [`which ring? give ${sources}`] : []),
    ...(given.length > 1 ? [`give one of ${sources}`] : []),
    ...(weights !== undefined && workers === undefined
      ? ['--weights goes with --workers; --weight changes weights as a step']
      : []),
  ];
}

function userProblems(values: SimulateValues): readonly string[] {
  const { users, synthetic, pattern, zipf, compare, measure } = values;
  const hasUsers = users !== undefined || synthetic !== undefined;
  const needs = '--users or --synthetic';
  const isOfUsers = measure !== undefined && measure !== 'slots' && measures.includes(measure);
  return [
    ...(users !== undefined && synthetic !== undefined ? [`give ${needs}, not both`] : []),
    ...(pattern !== undefined && users === undefined ? ['--pattern reads the log of --users'] : []),
    ...(zipf !== undefined && synthetic === undefined ? ['--zipf goes with --synthetic'] : []),
    ...(compare && !hasUsers ? [`--compare needs ${needs}`] : []),
    ...(isOfUsers && !hasUsers ? [`--measure ${measure} needs ${needs}`] : []),
    ...(values.strategies !== undefined && !compare ? ['--strategies goes with --compare'] : []),
    ...(values.json && values.csv ? ['give --json or --csv, not both'] : []),
  ];
}

function planProblems(values: SimulateValues, isPlan: boolean): readonly string[] {
  const { out, check, optimize } = values;
  const hasScenario = scenarioFlags.some((name) => values[name].length > 0);
  if (!isPlan) {
    const stray = out === undefined ? check : out;
    return stray === undefined ? [] : ['-o and --check go with `ringway simulate plan`'];
  }
  if (out !== undefined && check !== undefined) return ['give -o or --check, not both'];
  if (out === undefined && check === undefined) {
    return ['simulate plan: -o writes a plan, --check checks one'];
  }
  if (check !== undefined && (hasScenario || optimize !== 'none')) {
    return ['--check has its steps in the plan: leave the scenario out'];
  }
  if (out !== undefined && !hasScenario && optimize === 'none') {
    return ['a plan needs at least one step, such as --add 1'];
  }
  return [];
}
