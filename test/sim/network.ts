/**
 * Links between processes: first in, first out per connection, with delay, resets that lose what
 * is in flight, cuts in one or both directions (bytes wait, as TCP does it), death by missed
 * heartbeats, and redials. A dialer learns by a refused connection that a process is gone.
 */
import type { BootId, Random } from '../../base/index.ts';
import type { LinkMessage } from '../../link/index.ts';
import type { Process } from './process.ts';
import { Lane, type Schedule } from './schedule.ts';

type Side = 0 | 1;
type Parcel = readonly LinkMessage[] | 'closed';
/** A connection as one of its ends has it. */
type Link = readonly [Connection, Side];

interface Connection {
  readonly number: number;
  readonly ends: readonly [Process, Process];
  readonly boots: readonly [BootId, BootId];
  readonly isOpen: [boolean, boolean];
  readonly heardAtMs: [number, number];
  /** `lanes[side]` brings parcels to that side. */
  readonly lanes: readonly [Lane<Parcel>, Lane<Parcel>];
}

export interface NetworkOptions {
  readonly delayMaxMs: number;
  /** How likely the death of a process shows as a reset, not as silence. */
  readonly resetAtDeath: number;
  readonly deadAfterMs: number;
}

export class Network {
  resets = 0;
  heartbeatDeaths = 0;
  refusals = 0;
  readonly #schedule: Schedule;
  readonly #random: Random;
  readonly #options: NetworkOptions;
  readonly #connections = new Map<number, Connection>();
  /** What each process counts as open, by the boot at the other end: one each. */
  readonly #links = new Map<Process, Map<BootId, Link>>();
  /** `from>to` by worker or gateway id. */
  readonly #cuts = new Set<string>();
  #cutChanges = 0;
  /** Additional delay by the same names. */
  readonly #slowness = new Map<string, number>();
  readonly #refusedOnce = new Set<string>();
  #lastNumber = 0;

  constructor(schedule: Schedule, random: Random, options: NetworkOptions) {
    this.#schedule = schedule;
    this.#random = random;
    this.#options = options;
  }

  cut(from: string, to: string, isOneWay: boolean): void {
    this.#cutChanges += 1;
    this.#cuts.add(`${from}>${to}`);
    if (!isOneWay) this.#cuts.add(`${to}>${from}`);
  }

  mend(a: string, b: string): void {
    this.#cutChanges += 1;
    this.#cuts.delete(`${a}>${b}`);
    this.#cuts.delete(`${b}>${a}`);
  }

  mendAll(): void {
    this.#cutChanges += 1;
    this.#cuts.clear();
    this.#slowness.clear();
  }

  /** From now on everything between the two takes so much longer, both ways; 0 = no longer. */
  slowDown(a: string, b: string, delayMs: number): void {
    for (const way of [`${a}>${b}`, `${b}>${a}`]) {
      if (delayMs === 0) this.#slowness.delete(way);
      else this.#slowness.set(way, delayMs);
    }
  }

  isCut(from: string, to: string): boolean {
    return this.#cuts.has(`${from}>${to}`);
  }

  isLinked(process: Process, peer: BootId): boolean {
    return this.#openTo(process, peer) !== undefined;
  }

  /** Boots that this process counts as linked. */
  linkedTo(process: Process): readonly BootId[] {
    return [...this.#openOf(process).keys()];
  }

  send(from: Process, peer: BootId, messages: readonly LinkMessage[]): void {
    const found = this.#openTo(from, peer);
    if (found === undefined) return;
    const [connection, side] = found;
    const slowMs = this.#slownessOf(from.id, connection.ends[other(side)].id);
    connection.lanes[other(side)].push(this.#delay() + slowMs, messages);
  }

  #slownessOf(from: string, to: string): number {
    return this.#slowness.size === 0 ? 0 : (this.#slowness.get(`${from}>${to}`) ?? 0);
  }

  /** Closes all links of a process that belongs to other data now; nothing unread counts (W2). */
  drop(process: Process): void {
    for (const [connection, side] of [...this.#openOf(process).values()]) {
      connection.lanes[side].clear();
      connection.lanes[other(side)].push(this.#delay(), 'closed');
      this.#close(connection, side);
    }
  }

  /** Tears the open connection of two ids: both ends learn of it, what is in flight is lost. */
  reset(a: string, b: string): boolean {
    const connection = [...this.#connections.values()].find(({ ends, isOpen }) => {
      const ids = ends.map(({ id }) => id);
      return isOpen[0] && isOpen[1] && ids.includes(a) && ids.includes(b);
    });
    if (connection === undefined) return false;
    this.resets += 1;
    for (const side of [0, 1] as const) {
      connection.lanes[side].clear();
      this.#schedule.after(this.#delay(), () => this.#close(connection, side));
    }
    return true;
  }

  /** The process is dead: its kernel resets its connections, or nothing at all is heard. */
  died(process: Process): void {
    const isReset = this.#random.next() < this.#options.resetAtDeath;
    for (const [connection, side] of this.#openOf(process).values()) {
      connection.isOpen[side] = false;
      connection.lanes[side].clear();
      if (isReset) connection.lanes[other(side)].push(this.#delay(), 'closed');
    }
    this.#links.delete(process);
  }

  /** Called at each tick of a process: what was silent for too long is dead. */
  checkHeartbeats(process: Process): void {
    for (const [connection, side] of this.#openOf(process).values()) {
      const silentMs = this.#schedule.nowMs - connection.heardAtMs[side];
      if (silentMs <= this.#options.deadAfterMs) continue;
      this.heartbeatDeaths += 1;
      connection.lanes[other(side)].push(this.#delay(), 'closed');
      this.#close(connection, side);
    }
  }

  /** One attempt of `dialer` to reach `target`, which may be dead. */
  dial(dialer: Process, boot: BootId, target: Process | undefined): void {
    if (this.#openTo(dialer, boot) !== undefined) return;
    this.#schedule.after(this.#delay(), () => this.#dialed(dialer, boot, target));
  }

  #dialed(dialer: Process, boot: BootId, target: Process | undefined): void {
    if (!dialer.isAlive || dialer.isPaused || this.#openTo(dialer, boot) !== undefined) return;
    if (target === undefined || !target.isAlive) {
      this.#refuse(dialer, boot);
      return;
    }
    if (target.isPaused || this.isCut(dialer.id, target.id) || this.isCut(target.id, dialer.id)) {
      return;
    }
    if (dialer.cluster !== target.cluster) {
      for (const one of [dialer, target]) if (one.cluster !== '') one.foreign();
      return;
    }
    this.#connect(dialer, target);
  }

  #refuse(dialer: Process, boot: BootId): void {
    const pair = `${dialer.name}>${boot}`;
    if (this.#refusedOnce.has(pair)) return;
    this.#refusedOnce.add(pair);
    if (this.#random.next() > this.#options.resetAtDeath) return;
    this.refusals += 1;
    dialer.do(() => dialer.refused(boot));
  }

  #connect(dialer: Process, target: Process): void {
    // A half-open predecessor ends when its peer comes again.
    const old = this.#openTo(target, dialer.boot);
    if (old !== undefined) this.#close(old[0], old[1]);
    this.#lastNumber += 1;
    const connection: Connection = {
      number: this.#lastNumber,
      ends: [dialer, target],
      boots: [dialer.boot, target.boot],
      isOpen: [true, true],
      heardAtMs: [this.#schedule.nowMs, this.#schedule.nowMs],
      lanes: [this.#lane(() => connection, 0), this.#lane(() => connection, 1)],
    };
    this.#connections.set(connection.number, connection);
    this.#open(dialer, target.boot, [connection, 0]);
    this.#open(target, dialer.boot, [connection, 1]);
    target.linked(dialer, connection.number);
    dialer.linked(target, connection.number);
  }

  #lane(connection: () => Connection, side: Side): Lane<Parcel> {
    const lane = new Lane<Parcel>(this.#schedule, (parcel) =>
      this.#arrived(connection(), side, parcel),
    );
    let isStalled = false;
    let cutChanges = 0;
    lane.isStalled = () => {
      if (cutChanges === this.#cutChanges) return isStalled;
      cutChanges = this.#cutChanges;
      const { ends } = connection();
      isStalled = this.isCut(ends[other(side)].id, ends[side].id);
      return isStalled;
    };
    return lane;
  }

  #arrived(connection: Connection, side: Side, parcel: Parcel): void {
    const receiver = connection.ends[side];
    receiver.do(() => {
      if (!connection.isOpen[side]) return;
      if (parcel === 'closed') {
        this.#close(connection, side);
        return;
      }
      connection.heardAtMs[side] = this.#schedule.nowMs;
      const peer = connection.boots[other(side)];
      for (const message of parcel) {
        if (!connection.isOpen[side]) return;
        receiver.received(peer, connection.number, message);
      }
    });
  }

  #close(connection: Connection, side: Side): void {
    if (!connection.isOpen[side]) return;
    const process = connection.ends[side];
    const peer = connection.boots[other(side)];
    connection.isOpen[side] = false;
    if (!connection.isOpen[other(side)]) this.#connections.delete(connection.number);
    this.#links.get(process)?.delete(peer);
    process.do(() => process.unlinked(peer, connection.number));
  }

  #open(process: Process, peer: BootId, link: Link): void {
    const links = this.#links.get(process);
    if (links === undefined) this.#links.set(process, new Map([[peer, link]]));
    else links.set(peer, link);
  }

  /** In the order of their opening. */
  #openOf(process: Process): ReadonlyMap<BootId, Link> {
    return this.#links.get(process) ?? noLinks;
  }

  #openTo(process: Process, peer: BootId): Link | undefined {
    return this.#links.get(process)?.get(peer);
  }

  #delay(): number {
    return 1 + this.#random.int(this.#options.delayMaxMs);
  }
}

const noLinks: ReadonlyMap<BootId, Link> = new Map();

function other(side: Side): Side {
  return side === 0 ? 1 : 0;
}
