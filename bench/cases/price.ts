/**
 * What the second copy costs: the same load on a cluster whose workers keep one copy of each log
 * and on one whose workers keep two, in turns, on the same servers. Throughput, CPU for each
 * event and message by kind of process, and latency at half of the throughput.
 *
 * With two workers one of them owns all users, so that the owner's and the copy's part are told
 * apart. With more the users are spread as the ring has them.
 */
import { createRing, placement, slotCount, slotOf } from '../../ring/index.ts';
import { freshChroot } from '../../test/support/servers/shared.ts';
import type { BenchCase, BenchOptions, CaseResult } from '../harness/bench-case.ts';
import { type Comparison, inTurns } from '../harness/comparison.ts';
import { type Servers, startServers } from '../harness/servers.ts';
import { type Load, Side } from './side.ts';

interface SideSpec {
  readonly name: string;
  readonly copies: 1 | 2;
  readonly application: string;
}

const oneCopy: SideSpec = { name: 'one copy', copies: 1, application: 'echo' };
const twoCopies: SideSpec = { name: 'two copies', copies: 2, application: 'echo' };
const volatile: SideSpec = { name: 'volatile', copies: 2, application: 'volatile-echo' };

const warmUpSeconds = 2;

export const price: BenchCase = {
  name: 'price',
  about: 'what the second copy of each log costs: throughput, CPU, latency',
  defaults: { rounds: 3, seconds: 5, users: 200, workers: [2, 4] },
  run,
};

async function run(options: BenchOptions, say: (line: string) => void): Promise<CaseResult> {
  const servers = await startServers();
  try {
    const comparisons: Comparison[] = [];
    for (const workers of options.workers) {
      comparisons.push(...(await runWith(workers, options, servers, say)));
    }
    return { versions: servers.versions, comparisons };
  } finally {
    await servers.close();
  }
}

async function runWith(
  workers: number,
  options: BenchOptions,
  servers: Servers,
  say: (line: string) => void,
): Promise<readonly Comparison[]> {
  const ids = Array.from({ length: workers }, (_, at) => `w-${at + 1}`);
  const users = workers === 2 ? usersOf('w-1', ids, options.users) : anyUsers(options.users);
  const specs = [oneCopy, twoCopies, volatile];
  say(`starting ${specs.length} clusters of a gateway and ${workers} workers`);
  const sides: Side[] = [];
  try {
    for (const spec of specs) sides.push(await startSide(spec, ids, users, servers));
    return await compareAll(workers, sides, options, say);
  } finally {
    await Promise.all(sides.map((side) => side.close()));
  }
}

async function startSide(
  { name, copies, application }: SideSpec,
  workers: readonly string[],
  users: readonly string[],
  { zooKeeper, rabbit, kinds }: Servers,
): Promise<Side> {
  const isSplit = workers.length === 2;
  const kindOfWorker = (id: string): string => (id === 'w-1' ? 'owner' : 'copy');
  const side = new Side({
    ...{ name, application, workers, users, servers: kinds },
    zooKeeper: `${zooKeeper.address}${freshChroot()}`,
    rabbitmq: await rabbit.createVhost(),
    workerFlags: ['--copies', String(copies)],
    kindOf: (id) => (id === 'g-1' ? 'gateway' : isSplit ? kindOfWorker(id) : 'workers'),
  });
  try {
    await side.start(copies);
  } catch (error) {
    await side.close();
    throw error;
  }
  return side;
}

async function compareAll(
  workers: number,
  sides: readonly Side[],
  { rounds, seconds }: BenchOptions,
  say: (line: string) => void,
): Promise<readonly Comparison[]> {
  const comparisons: Comparison[] = [];
  for (const kind of ['events', 'messages'] as const) {
    // An event is recorded with volatile applications, too.
    const compared = kind === 'events' ? sides.slice(0, 2) : sides;
    const names = compared.map(({ name }) => name);
    const compare = (title: string, load: Load): Promise<Comparison> => {
      say(title);
      return inTurns(title, names, rounds, async (at) =>
        present(compared[at]).measure(load, seconds),
      );
    };
    const rates: number[] = [];
    for (const side of compared) {
      const warmUp = await side.measure(
        { kind, perSecond: undefined },
        Math.min(seconds, warmUpSeconds),
      );
      rates.push(warmUp['per second'] ?? 0);
    }
    const fast = await compare(`${kind}, ${workers} workers, as fast as it goes`, {
      kind,
      perSecond: undefined,
    });
    const perSecond = Math.ceil(halfOf(fast));
    const steady = `${kind}, ${workers} workers, ${perSecond} per second`;
    comparisons.push(fast, await compare(steady, { kind, perSecond }));
  }
  return comparisons;
}

/** Half of what the slowest side of the slowest round managed. */
function halfOf({ rounds }: Comparison): number {
  const all = rounds.flatMap((samples) => samples.map((sample) => sample['per second'] ?? 0));
  return Math.min(...all) / 2;
}

function anyUsers(count: number): readonly string[] {
  return Array.from({ length: count }, (_, at) => `u${at}`);
}

/** Users that the ring of these workers gives to one of them. */
function usersOf(owner: string, workers: readonly string[], count: number): readonly string[] {
  const targets = placement(createRing(workers.map((id) => ({ id, weight: 1 }))), slotCount);
  const users: string[] = [];
  for (let at = 0; users.length < count; at += 1) {
    if (targets.target(slotOf(`user:u${at}`, slotCount)) === owner) users.push(`u${at}`);
  }
  return users;
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('no such side');
  return value;
}
