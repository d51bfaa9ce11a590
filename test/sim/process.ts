/**
 * What the simulated processes share: they live until they crash, and while paused everything
 * that reaches them waits, then happens late and all at once.
 */
import type { BootId } from '../../base/index.ts';
import type { View } from '../../cluster/index.ts';
import type { LinkMessage } from '../../link/index.ts';
import type { LocalClock } from './local-clock.ts';
import type { MembershipShell } from './membership-shell.ts';
import type { Schedule } from './schedule.ts';

export abstract class Process {
  /** '' until its first registration was answered. */
  boot: BootId = '';
  /** Of the data that it registered in; '' before. */
  cluster = '';
  view: View | undefined;
  isAlive = true;
  /** Send times of the newest leader-confirmed answers, oldest first, in the world's time. */
  readonly confirmations: number[] = [];
  isPaused = false;
  readonly id: string;
  /** Distinguishes the lives of one id in the trace. */
  readonly name: string;
  readonly schedule: Schedule;
  readonly clock: LocalClock;
  readonly #waiting: (() => void)[] = [];

  constructor(
    id: string,
    life: number,
    surroundings: { readonly schedule: Schedule; readonly clockOf: (life: number) => LocalClock },
  ) {
    this.id = id;
    this.name = `${id}.${life}`;
    this.schedule = surroundings.schedule;
    this.clock = surroundings.clockOf(life);
  }

  abstract readonly role: 'worker' | 'gateway';
  abstract readonly membership: MembershipShell;
  abstract linked(peer: Process, connection: number): void;
  abstract unlinked(peer: BootId, connection: number): void;
  abstract received(peer: BootId, connection: number, message: LinkMessage): void;
  abstract refused(peer: BootId): void;
  /** A link was refused for another cluster id. */
  abstract foreign(): void;

  /** Runs `task` in this process: now, after its pause, or never. */
  do(task: () => void): void {
    if (!this.isAlive) return;
    if (this.isPaused) this.#waiting.push(task);
    else task();
  }

  pause(forMs: number): void {
    if (this.isPaused || !this.isAlive) return;
    this.isPaused = true;
    this.schedule.after(forMs, () => this.resume());
  }

  resume(): void {
    if (!this.isPaused) return;
    this.isPaused = false;
    for (const task of this.#waiting.splice(0)) this.do(task);
  }

  /** By the process's own clock. */
  confirmed(sentAtMs: number): void {
    this.confirmations.push(this.clock.worldMsOf(sentAtMs));
    if (this.confirmations.length > 16) this.confirmations.shift();
  }

  kill(): void {
    this.isAlive = false;
    this.#waiting.length = 0;
  }
}
