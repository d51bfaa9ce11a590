/**
 * Links between processes, through proxies: cut in both directions or in one, reset, delayed and
 * throttled, for one pair of processes or for all that dial a worker; and a worker cut off from
 * ZooKeeper. Everybody lives, and everybody else is reachable.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { memberIdOf, type Random } from '../../../base/index.ts';
import { clusterDefaults } from '../../../cluster/options.ts';
import type { Trouble } from '../../support/chaos-proxy.ts';
import { eventually } from '../../support/eventually.ts';
import { heldBy } from '../../support/processes/placement.ts';
import { drawn, type Fault, type FaultReport } from '../fault.ts';
import type { ChaosStage } from '../stage.ts';

interface LinkFault {
  readonly name: string;
  readonly troubles: readonly Trouble[];
  readonly forMs: { readonly least: number; readonly more: number };
}

/** Some shorter than heartbeats notice, some longer. */
const anyTime = { least: 500, more: 6000 };

const kinds: readonly LinkFault[] = [
  {
    name: 'link-cut',
    troubles: [{ kind: 'blackhole', direction: 'both' }],
    forMs: anyTime,
  },
  {
    name: 'link-one-way',
    troubles: [
      { kind: 'blackhole', direction: 'in' },
      { kind: 'blackhole', direction: 'out' },
    ],
    forMs: anyTime,
  },
  { name: 'link-reset', troubles: [{ kind: 'reset' }], forMs: { least: 200, more: 3000 } },
  {
    name: 'link-slow',
    troubles: [
      { kind: 'delay', delayMs: 40 },
      { kind: 'delay', delayMs: 250 },
      { kind: 'throttle', bytesPerSecond: 20_000 },
    ],
    forMs: { least: 2000, more: 4000 },
  },
];

export const linkFaults: readonly Fault[] = kinds.map((kind) => ({
  name: kind.name,
  run: (chaos, random) => troubleLinks(chaos, random, kind),
}));

async function troubleLinks(
  chaos: ChaosStage,
  random: Random,
  { troubles, forMs }: LinkFault,
): Promise<FaultReport> {
  const { proxies, cluster, placement } = chaos;
  const [worker, dialler] = await pair(chaos, random);
  const trouble = drawn(random, troubles);
  const lastsMs = forMs.least + random.int(forMs.more);
  const before = await placement.read();
  await proxies.begin(worker, 'links', trouble, dialler);
  await sleep(lastsMs);
  if (trouble.kind === 'blackhole') {
    // An idle link says something with its next heartbeat, if not before.
    await eventually('something is held back', async () => {
      return (await proxies.suffered(worker, 'links')).bytesHeld > 0;
    });
  }
  const { hit, bytesHeld } = await proxies.suffered(worker, 'links');
  await proxies.end(worker, 'links');
  if (hit === 0) throw new Error(`no connection from ${dialler ?? 'anybody'} to ${worker}`);
  const isBetweenWorkers = dialler !== undefined && cluster.get(dialler).kind === 'worker';
  const hitIds = isBetweenWorkers ? [worker, dialler] : [worker];
  return {
    bit:
      `${shown(trouble)} from ${dialler ?? 'everybody'} to ${worker} for ${lastsMs} ms: ` +
      `${hit} connections, ${bytesHeld} bytes held at its end`,
    affected: heldBy(before, hitIds),
  };
}

/** A worker and who dials it; undefined = all do. */
async function pair(
  { proxies, runningWorkers }: ChaosStage,
  random: Random,
): Promise<readonly [string, string | undefined]> {
  const worker = drawn(random, runningWorkers());
  // Of two workers one dials: not every one is dialled by others.
  return [worker, drawn(random, [undefined, ...(await proxies.diallers(worker))])];
}

/** Its session ends; nobody but ZooKeeper misses it. */
export const zooKeeperCut: Fault = {
  name: 'zookeeper-cut',
  run: async (chaos, random) => {
    const { proxies, placement } = chaos;
    const victim = drawn(random, chaos.runningWorkers());
    const before = await placement.read();
    const trouble = drawn<Trouble>(random, [
      { kind: 'blackhole', direction: 'both' },
      { kind: 'reset' },
    ]);
    await proxies.begin(victim, 'zookeeper', trouble);
    await chaos.untilPlaced(`the session of ${victim} has ended`, ({ live }) =>
      [...live].every((boot) => memberIdOf(boot) !== victim),
    );
    await sleep(random.int(clusterDefaults.sessionTimeoutMs));
    await proxies.end(victim, 'zookeeper');
    return {
      bit: `${shown(trouble)} between ${victim} and ZooKeeper: its session ended`,
      affected: heldBy(before, [victim]),
    };
  },
};

function shown(trouble: Trouble): string {
  switch (trouble.kind) {
    case 'blackhole':
      return trouble.direction === 'both' ? 'black hole' : `black hole ${trouble.direction}wards`;
    case 'reset':
      return 'resets';
    case 'delay':
      return `${trouble.delayMs} ms of delay`;
    case 'throttle':
      return `${trouble.bytesPerSecond} bytes/s`;
  }
}
