/** The scenario that the flags spell, in the order in which they stand on the command line. */
import { type Change, parseScenario, type Scenario } from '../../ring/index.ts';
import type { Occurrence } from '../options.ts';
import { documentIn } from './document.ts';
import { refusedIn } from './errors.ts';
import type { SimulateValues } from './options.ts';

/** @throws RingwayError for a scenario file that is none */
export async function scenarioFrom(values: SimulateValues): Promise<Scenario> {
  const given = [
    ...spelt(values.add, (count) => ({ kind: 'add', count })),
    ...spelt(values.remove, (ids) => ({ kind: 'remove', ids })),
    ...spelt(values.crash, (ids) => ({ kind: 'crash', ids })),
    ...spelt(values.weight, (all) => ({ kind: 'weight', weights: Object.fromEntries(all) })),
    ...spelt(values.rollingDeploy, () => ({ kind: 'rolling-deploy' })),
    ...spelt(values.zoneLoss, (zone) => ({ kind: 'zone-loss', zone })),
    ...spelt(values.autoscale, (range) => ({ kind: 'autoscale', ...range })),
    ...spelt(values.anyOne, () => ({ kind: 'any-one' })),
    ...spelt(values.anyTwo, () => ({ kind: 'any-two' })),
    ...(await Promise.all(values.scenario.map(fileSpelt))),
  ];
  return given.sort((a, b) => a.place - b.place).flatMap(({ changes }) => changes);
}

interface Spelt {
  readonly place: number;
  readonly changes: Scenario;
}

function spelt<T>(given: readonly Occurrence<T>[], changeOf: (value: T) => Change): Spelt[] {
  return given.map(({ value, place }) => ({ place, changes: [changeOf(value)] }));
}

async function fileSpelt({ value: name, place }: Occurrence<string>): Promise<Spelt> {
  const document = await documentIn(name);
  try {
    return { place, changes: parseScenario(document) };
  } catch (error) {
    throw refusedIn(name, error);
  }
}
