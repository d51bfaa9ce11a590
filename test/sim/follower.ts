/**
 * One server of the modelled ZooKeeper ensemble. The leader has everything at once; a follower
 * applies what was committed in order but later, by a lag of its own, or not at all while it is
 * cut off from the leader. It goes on answering reads all the while, from where it stands.
 */
import type { Random } from '../../base/index.ts';
import type { Reading } from '../../cluster/index.ts';
import type { Schedule } from './schedule.ts';

interface Waiting {
  readonly zxid: number;
  readonly task: () => void;
}

export class Server {
  readonly number: number;
  /** Transactions below and at this one are applied here. */
  applied = 0;
  /** Longest time from commit to here; 0 = the leader. */
  lagMaxMs: number;
  /** No way to the leader: reads are old, writes go nowhere. */
  isCutOff = false;
  isDown = false;
  #reading: Reading;
  #waiting: Waiting[] = [];
  #dueAtMs = 0;
  readonly #schedule: Schedule;
  readonly #random: Random;
  readonly #onApply: (server: Server) => void;

  constructor(
    options: { readonly number: number; readonly lagMaxMs: number; readonly reading: Reading },
    surroundings: {
      readonly schedule: Schedule;
      readonly random: Random;
      readonly onApply: (server: Server) => void;
    },
  ) {
    this.number = options.number;
    this.lagMaxMs = options.lagMaxMs;
    this.#reading = options.reading;
    this.#schedule = surroundings.schedule;
    this.#random = surroundings.random;
    this.#onApply = surroundings.onApply;
  }

  read(): Reading {
    return this.#reading;
  }

  /** The leader has committed; sooner or later it is applied here, in order. */
  follow(zxid: number, reading: Reading): void {
    const { nowMs } = this.#schedule;
    if (this.lagMaxMs === 0) {
      this.#apply(zxid, reading);
      return;
    }
    const lagMs = this.#random.int(this.lagMaxMs + 1);
    this.#dueAtMs = Math.max(this.#dueAtMs, nowMs + lagMs);
    this.#schedule.after(this.#dueAtMs - nowMs, () => this.#apply(zxid, reading));
  }

  /** Synchronized with its leader, as a server is before it serves anybody. */
  catchUp(zxid: number, reading: Reading): void {
    this.isCutOff = false;
    this.isDown = false;
    this.#apply(zxid, reading);
  }

  /** Runs `task` once `zxid` is applied here; never, should the server die before. */
  whenApplied(zxid: number, task: () => void): void {
    if (zxid <= this.applied && this.#waiting.length === 0) task();
    else this.#waiting.push({ zxid, task });
  }

  crash(): void {
    this.isDown = true;
    this.#waiting = [];
  }

  #apply(zxid: number, reading: Reading): void {
    if (this.isCutOff || this.isDown || zxid < this.applied) return;
    this.applied = zxid;
    this.#reading = reading;
    const due = this.#waiting.findIndex((one) => one.zxid > zxid);
    const ready = this.#waiting.splice(0, due === -1 ? this.#waiting.length : due);
    for (const { task } of ready) task();
    this.#onApply(this);
  }
}
