/**
 * Membership of one simulated process: runs the production step function, carries its calls to
 * the modelled ZooKeeper and loses, delays or cuts them on the way. Requests and answers of one
 * session keep their order, as ZooKeeper promises.
 */
import type { Random } from '../../base/index.ts';
import { createMembership } from '../../cluster/membership-state.ts';
import type {
  MembershipEffect,
  MembershipInput,
  MembershipOptions,
} from '../../cluster/membership-types.ts';
import { worldLimits } from './limits.ts';
import type { Process } from './process.ts';
import { Lane, type Schedule } from './schedule.ts';
import type { ZooKeeper } from './zookeeper.ts';

type Call = Extract<MembershipEffect, { kind: 'call.read' | 'call.multi' }>;

export interface CoordinatorFaults {
  readonly delayMaxMs: number;
  readonly hintDelayMaxMs: number;
  /** How likely an answer gets lost. */
  loss: number;
}

export class MembershipShell {
  /** The way between this process and ZooKeeper is cut. */
  isCut = false;
  answersLost = 0;
  readonly #process: Process;
  readonly #schedule: Schedule;
  readonly #random: Random;
  readonly #zookeeper: ZooKeeper;
  readonly #faults: CoordinatorFaults;
  readonly #state: ReturnType<typeof createMembership>;
  readonly #tell: (effect: MembershipEffect) => void;
  readonly #requests: Lane<() => void>;
  readonly #answers: Lane<() => void>;
  #session = 0;
  #contact: 'none' | 'connected' | 'suspended' = 'none';
  #reachedAtMs = 0;
  #isHinted = false;

  constructor(
    process: Process,
    options: MembershipOptions,
    surroundings: {
      readonly schedule: Schedule;
      readonly random: Random;
      readonly zookeeper: ZooKeeper;
      readonly coordinatorFaults: CoordinatorFaults;
    },
    tell: (effect: MembershipEffect) => void,
  ) {
    this.#process = process;
    this.#schedule = surroundings.schedule;
    this.#random = surroundings.random;
    this.#zookeeper = surroundings.zookeeper;
    this.#faults = surroundings.coordinatorFaults;
    this.#state = createMembership(options);
    this.#tell = tell;
    const open = (task: () => void): void => task();
    this.#requests = new Lane(this.#schedule, open);
    this.#answers = new Lane(this.#schedule, open);
    this.#schedule.every(
      worldLimits.coordinatorBeatMs,
      () => process.do(() => this.#beat()),
      () => !process.isAlive,
    );
  }

  step(input: MembershipInput): void {
    for (const effect of this.#state.step(input, this.#schedule.nowMs)) {
      if (effect.kind === 'call.read' || effect.kind === 'call.multi') this.#call(effect);
      else this.#tell(effect);
    }
  }

  /** Something was written: a late, coalesced hint. */
  hint(): void {
    if (this.#isHinted || this.#contact !== 'connected') return;
    this.#isHinted = true;
    this.#schedule.after(1 + this.#random.int(this.#faults.hintDelayMaxMs), () => {
      this.#isHinted = false;
      this.#process.do(() => {
        if (this.#contact === 'connected') this.step({ kind: 'changed' });
      });
    });
  }

  /** The server forgets the session although the process is well. */
  loseSession(): void {
    this.#zookeeper.endSession(this.#session);
  }

  /** A clean exit: the ephemeral nodes go at once. */
  close(): void {
    this.#zookeeper.endSession(this.#session);
  }

  get #isReachable(): boolean {
    return !this.isCut && !this.#zookeeper.isOut;
  }

  #beat(): void {
    if (!this.#isReachable) {
      const silentMs = this.#schedule.nowMs - this.#reachedAtMs;
      if (this.#contact !== 'connected' || silentMs < worldLimits.suspectedAfterMs) return;
      this.#contact = 'suspended';
      this.#requests.clear();
      this.#answers.clear();
      this.step({ kind: 'session', event: 'suspended' });
      return;
    }
    this.#reachedAtMs = this.#schedule.nowMs;
    const isKept = this.#zookeeper.touch(this.#session, this.#schedule.nowMs);
    if (isKept && this.#contact === 'connected') return;
    if (!isKept) this.#renewSession();
    this.#contact = 'connected';
    this.step({ kind: 'session', event: 'connected' });
  }

  #renewSession(): void {
    const isFirst = this.#session === 0;
    this.#requests.clear();
    this.#answers.clear();
    this.#session = this.#zookeeper.openSession(this.#schedule.nowMs);
    if (isFirst) return;
    this.#contact = 'suspended';
    this.step({ kind: 'session', event: 'lost' });
  }

  #call(effect: Call): void {
    const session = this.#session;
    const failed = (): void =>
      this.#process.do(() => this.step({ kind: 'call.failed', call: effect.call }));
    if (this.#contact !== 'connected') {
      this.#schedule.after(1, failed);
      return;
    }
    // A reading is one question here; each has the session's deadline, as in zookeeper-session.ts.
    if (effect.kind === 'call.read') this.#schedule.after(worldLimits.callDeadlineMs, failed);
    this.#requests.push(this.#delay(), () => {
      // Silence: a deadline ends the call.
      if (!this.#isReachable) return;
      if (!this.#zookeeper.touch(session, this.#schedule.nowMs)) {
        this.#answers.push(this.#delay(), failed);
        return;
      }
      const answer = this.#execute(effect, session);
      this.#answers.push(this.#delay(), () => this.#answered(answer));
    });
  }

  #execute(effect: Call, session: number): MembershipInput {
    if (effect.kind === 'call.read') {
      return { kind: 'read.answered', call: effect.call, reading: this.#zookeeper.read() };
    }
    const result = this.#zookeeper.multi(session, effect.ops);
    return { kind: 'multi.answered', call: effect.call, result };
  }

  #answered(answer: MembershipInput): void {
    if (this.#random.next() < this.#faults.loss) {
      this.answersLost += 1;
      if (this.#random.int(2) === 0) return;
      const call = 'call' in answer ? answer.call : 0;
      this.#process.do(() => this.step({ kind: 'call.failed', call }));
      return;
    }
    if (this.#isReachable) this.#process.do(() => this.step(answer));
  }

  #delay(): number {
    return 1 + this.#random.int(this.#faults.delayMaxMs);
  }
}
