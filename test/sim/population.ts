/**
 * Who probably lives while a schedule is drawn: names for faults to aim at. It follows joins,
 * drains and crashes, not what the run makes of them; an aim that misses is no fault.
 */
import type { Random } from '../../base/index.ts';
import { worldSize } from './limits.ts';

/** A drained worker may be hit, and its name is not used again, for about this long. */
const leavingMs = 400;

export class Population {
  nowMs = 0;
  readonly #random: Random;
  readonly #wanting: string[];
  readonly #leftAtMs = new Map<string, number>();

  constructor(workerCount: number, random: Random) {
    this.#random = random;
    this.#wanting = Array.from({ length: workerCount }, (_, at) => `w${at}`);
  }

  /** A name that is free; undefined = there are enough. */
  join(): string | undefined {
    const taken = this.#workers();
    if (taken.length >= worldSize.workersMax) return undefined;
    for (let at = 0; ; at += 1) {
      const id = `w${at}`;
      if (taken.includes(id)) continue;
      this.#wanting.push(id);
      return id;
    }
  }

  /** One that goes; never the last. */
  leave(): string | undefined {
    if (this.#wanting.length < 2) return undefined;
    const [id = ''] = this.#wanting.splice(this.#random.int(this.#wanting.length), 1);
    this.#leftAtMs.set(id, this.nowMs);
    return id;
  }

  worker(): string {
    return this.#one(this.#workers());
  }

  gateway(): string {
    return this.#one(worldSize.gateways);
  }

  /** A worker, or now and then a gateway. */
  process(): string {
    return this.#random.int(4) === 0 ? this.gateway() : this.worker();
  }

  /** Of a link; maybe twice the same. */
  pair(): readonly [string, string] {
    return [this.process(), this.worker()];
  }

  all(): readonly string[] {
    return [...this.#workers(), ...worldSize.gateways];
  }

  #workers(): readonly string[] {
    const leaving = [...this.#leftAtMs].filter(([id, atMs]) => {
      return this.nowMs - atMs < leavingMs && !this.#wanting.includes(id);
    });
    return [...this.#wanting, ...leaving.map(([id]) => id)];
  }

  #one(ids: readonly string[]): string {
    return ids[this.#random.int(ids.length)] ?? '';
  }
}
