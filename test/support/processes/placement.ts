/**
 * Who holds what, read from ZooKeeper itself by a session of the test's own: one reading tells of
 * all keys, where the admin API would be asked for each.
 */
import { type BootId, memberIdOf } from '../../../base/index.ts';
import { type Coordinator, createZooKeeper, type Entry, viewOf } from '../../../cluster/index.ts';
import { createRing, placement, slotOf } from '../../../ring/index.ts';
import { eventually } from '../eventually.ts';
import { machineMs } from './journal.ts';

export interface Placement {
  /** Boots of the live workers. */
  readonly live: ReadonlySet<BootId>;
  /** Workers that want slots, by id. */
  readonly ring: readonly string[];
  /** Of each of the keys that were asked for. */
  readonly entries: ReadonlyMap<string, Entry>;
  /** Every key has two live copies. */
  readonly isCopied: boolean;
  /** Every key has them, and is where the ring wants it. */
  readonly isSettled: boolean;
  /** How many are not; for people. */
  readonly unsettled: number;
}

export interface PlacementOptions {
  /** `host:port[,host:port…]/chroot` */
  readonly servers: string;
  readonly secret: string;
  readonly keys: readonly string[];
}

const connectDeadlineMs = 60_000;

export class PlacementReader {
  readonly #coordinator: Coordinator;
  readonly #keys: readonly string[];
  #isConnected = false;
  #changedAtMs: number | undefined;

  constructor({ servers, secret, keys }: PlacementOptions) {
    this.#keys = keys;
    this.#coordinator = createZooKeeper({ servers, secret, callDeadlineMs: 5000 });
    this.#coordinator.open({
      onSession: (event) => {
        this.#isConnected = event === 'connected';
      },
      onChange: () => {
        this.#changedAtMs ??= machineMs();
      },
    });
  }

  /** When ZooKeeper told of a change first since the last reading; then it tells no more. */
  get changedAtMs(): number | undefined {
    return this.#changedAtMs;
  }

  async read(): Promise<Placement> {
    await eventually('a session with ZooKeeper', () => this.#isConnected, connectDeadlineMs);
    this.#changedAtMs = undefined;
    const { table, live, ring } = viewOf(await this.#coordinator.read());
    const boots = new Set(live.keys());
    const members = [...ring.values()].map(({ id, weight = 1 }) => ({ id, weight }));
    const target = members.length === 0 ? undefined : placement(createRing(members)).target;
    const entries = new Map<string, Entry>();
    for (const key of this.#keys) {
      const entry = table.entries[slotOf(key)];
      if (entry !== undefined) entries.set(key, entry);
    }
    const isCopied = ({ copies }: Entry): boolean =>
      copies.length === 2 && copies.every((boot) => boots.has(boot));
    const all = [...entries];
    const unsettled = all.filter(
      ([key, entry]) => !isCopied(entry) || memberIdOf(entry.owner) !== target?.(slotOf(key)),
    ).length;
    return {
      live: boots,
      ring: members.map(({ id }) => id).sort(),
      entries,
      isCopied: all.every(([, entry]) => isCopied(entry)),
      isSettled: unsettled === 0,
      unsettled,
    };
  }

  close(): Promise<void> {
    return this.#coordinator.close();
  }
}

/** Keys of which one of these workers has a copy, or owns them. */
export function heldBy({ entries }: Placement, ids: readonly string[]): ReadonlySet<string> {
  const held = [...entries].filter(([, { copies }]) =>
    copies.some((boot) => ids.includes(memberIdOf(boot))),
  );
  return new Set(held.map(([key]) => key));
}
