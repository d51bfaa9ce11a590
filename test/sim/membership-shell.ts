/**
 * Membership of one simulated process: runs the production step function, carries its calls to
 * one server of the modelled ZooKeeper and loses, delays or cuts them on the way. As ZooKeeper
 * promises, requests and answers of one session keep their order, a session sees its own writes,
 * and it never goes on at a server that is behind what it has seen.
 */
import type { Random } from '../../base/index.ts';
import { createMembership } from '../../cluster/membership-state.ts';
import type {
  MembershipEffect,
  MembershipInput,
  MembershipOptions,
} from '../../cluster/membership-types.ts';
import type { Server } from './follower.ts';
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
  /** Went on with its session at another server. */
  serverChanges = 0;
  /** Multis that were carried out for a connection that was gone by then. */
  writesUnheard = 0;
  /** Readings of a state that was no longer the newest. */
  readsBehind = 0;
  readonly #process: Process;
  readonly #schedule: Schedule;
  readonly #random: Random;
  readonly #zookeeper: ZooKeeper;
  readonly #faults: CoordinatorFaults;
  readonly #state: ReturnType<typeof createMembership>;
  readonly #tell: (effect: MembershipEffect) => void;
  readonly #requests: Lane<() => void>;
  readonly #answers: Lane<() => void>;
  #server: Server;
  #session = 0;
  /** What the session knows: transactions up to here. */
  #seen = 0;
  /** The newest transaction of the session's own. */
  #written = 0;
  /** Rises when a connection ends: its answers are nobody's. */
  #connection = 0;
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
    this.#server = this.#anyServer();
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
    for (const effect of this.#state.step(input, this.#process.clock.nowMs())) {
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

  isAt(server: Server): boolean {
    return this.#server === server;
  }

  get #isReachable(): boolean {
    return !this.isCut && !this.#zookeeper.isOut && !this.#server.isDown;
  }

  #beat(): void {
    if (this.#contact !== 'connected') this.#redial();
    if (!this.#isReachable) {
      const silentMs = this.#schedule.nowMs - this.#reachedAtMs;
      if (this.#contact === 'connected' && silentMs >= worldLimits.suspectedAfterMs) {
        this.#suspend();
      }
      return;
    }
    this.#reachedAtMs = this.#schedule.nowMs;
    const isKept = this.#isSessionKept();
    if (isKept && this.#contact === 'connected') return;
    if (this.#server.isCutOff) {
      // It cannot take on a session, nor begin one.
      if (this.#contact === 'connected') this.#suspend();
      return;
    }
    if (!isKept) this.#renewSession();
    this.#contact = 'connected';
    this.step({ kind: 'session', event: 'connected' });
  }

  /** Heard from; an old session that comes to a server is asked for at the leader. */
  #isSessionKept(): boolean {
    const isHeard =
      !this.#server.isCutOff && this.#zookeeper.touch(this.#session, this.#schedule.nowMs);
    if (this.#contact !== 'connected') return isHeard;
    return this.#zookeeper.isKnown(this.#session, this.#server);
  }

  #redial(): void {
    const server = this.#anyServer();
    if (server === this.#server || server.isDown || server.isCutOff) return;
    if (server.applied < this.#seen) return;
    if (this.#session !== 0) this.serverChanges += 1;
    this.#server = server;
  }

  #anyServer(): Server {
    const { servers } = this.#zookeeper;
    const at = servers.length === 1 ? 0 : this.#random.int(servers.length);
    return servers[at] as Server;
  }

  #suspend(): void {
    this.#contact = 'suspended';
    this.#hangUp();
    this.step({ kind: 'session', event: 'suspended' });
  }

  #hangUp(): void {
    this.#connection += 1;
    this.#requests.clear();
    this.#answers.clear();
  }

  #renewSession(): void {
    const isFirst = this.#session === 0;
    this.#hangUp();
    this.#seen = 0;
    this.#written = 0;
    this.#session = this.#zookeeper.openSession(this.#schedule.nowMs);
    if (isFirst) return;
    this.#contact = 'suspended';
    this.step({ kind: 'session', event: 'lost' });
  }

  #call(effect: Call): void {
    const failed = this.#failed(effect.call);
    if (this.#contact !== 'connected') {
      this.#schedule.after(1, failed);
      return;
    }
    // A reading is one question here; each has the session's deadline, as in zookeeper-session.ts.
    if (effect.kind === 'call.read') this.#schedule.after(worldLimits.callDeadlineMs, failed);
    const wasUp = !this.#server.isDown;
    this.#requests.push(this.#delay(), () => {
      if (this.#isReachable) this.#arrived(effect);
      else if (wasUp && this.#server.isDown) this.#arrivedUnheard(effect);
      // Else silence: a deadline ends the call.
    });
  }

  #arrived(effect: Call): void {
    if (effect.kind === 'call.read') {
      this.#answerWhenApplied(this.#written, effect.call, () => this.#read(effect.call));
      return;
    }
    if (this.#server.isCutOff) return;
    if (!this.#zookeeper.touch(this.#session, this.#schedule.nowMs)) {
      this.#answers.push(this.#delay(), this.#failed(effect.call));
      return;
    }
    const result = this.#zookeeper.multi(this.#session, effect.ops);
    this.#written = this.#zookeeper.zxid;
    this.#answerWhenApplied(this.#written, effect.call, () => {
      return { kind: 'multi.answered', call: effect.call, result };
    });
  }

  /** The server died, but had passed the request on. */
  #arrivedUnheard(effect: Call): void {
    if (effect.kind === 'call.read' || this.isCut || this.#zookeeper.isOut) return;
    if (!this.#zookeeper.touch(this.#session, this.#schedule.nowMs)) return;
    this.writesUnheard += 1;
    this.#zookeeper.multi(this.#session, effect.ops);
  }

  #answerWhenApplied(zxid: number, call: number, answer: () => MembershipInput): void {
    const connection = this.#connection;
    this.#server.whenApplied(zxid, () => {
      if (connection !== this.#connection) return;
      if (!this.#zookeeper.isKnown(this.#session, this.#server)) {
        this.#answers.push(this.#delay(), this.#failed(call));
        return;
      }
      this.#seen = Math.max(this.#seen, this.#server.applied);
      const answered = answer();
      this.#answers.push(this.#delay(), () => this.#answered(answered));
    });
  }

  #read(call: number): MembershipInput {
    if (this.#server.applied < this.#zookeeper.zxid) this.readsBehind += 1;
    return { kind: 'read.answered', call, reading: this.#server.read() };
  }

  #failed(call: number): () => void {
    return () => this.#process.do(() => this.step({ kind: 'call.failed', call }));
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
