/**
 * The step function of membership: registers the process, keeps its lease, reads views, keeps
 * its ring node as wanted, and carries table changes. Deterministic, no I/O, no clock.
 *
 *            connected              registered
 *   [away] ────────────► [registering] ─────► [registered]
 *      ▲                   │   ▲                │   │
 *      │       lost        │   └── node gone ───┘   │
 *      └───────────────────┴─────────── lost ───────┘
 */
import { type BootId, unreachable } from '../base/index.ts';
import type { Folder, MultiResult, Op, Reading } from './coordinator.ts';
import { evictionOps } from './eviction.ts';
import type { MembershipEffect, MembershipInput, MembershipOptions } from './membership-types.ts';
import { createPendingCalls, type PendingCall, type PendingCalls } from './pending-calls.ts';
import { createRegistration, type Registered, type Registration } from './registration.ts';
import { createRingNode, type RingNode } from './ring-node.ts';
import { createViewGate } from './view-gate.ts';

export interface Membership {
  step(input: MembershipInput, nowMs: number): readonly MembershipEffect[];
  /** Of the last registration; undefined before the first. */
  readonly boot: BootId | undefined;
  readonly isRegistered: boolean;
}

export function createMembership(options: MembershipOptions): Membership {
  return new Machine(options);
}

type Phase =
  | { readonly kind: 'away' }
  | { readonly kind: 'registering'; readonly retryAtMs: number }
  | { readonly kind: 'registered'; readonly name: string; readonly boot: BootId };

/** Answers that a reading may wait for: access lists, a change, config to lists, lists, nodes. */
const readRoundsMax = 6;

type Purpose = 'registration.read' | 'registration' | 'view' | 'lease' | 'ring' | 'table';

class Machine implements Membership {
  private readonly folder: Folder;
  private readonly renewIntervalMs: number;
  private readonly retryDelayMs: number;
  private readonly calls: PendingCalls<Purpose>;
  private readonly registration: Registration;
  private readonly ring: RingNode;
  private readonly gate = createViewGate();
  private phase: Phase = { kind: 'away' };
  /** The last one that became a view. */
  private seen: { readonly reading: Reading; readonly call: number } | undefined;
  private isReadWanted = false;
  /** Number of the newest reading for a view; 0 = it failed. */
  private lastView = 0;
  private readAtMs = 0;
  private leaseAtMs = 0;
  private nowMs = 0;
  private out: MembershipEffect[] = [];

  constructor(options: MembershipOptions) {
    this.folder = options.role === 'worker' ? 'live' : 'gateways';
    this.renewIntervalMs = options.renewIntervalMs;
    this.retryDelayMs = options.renewIntervalMs / 4;
    this.calls = createPendingCalls<Purpose>(options.callDeadlineMs);
    this.registration = createRegistration(options, this.folder);
    this.ring = createRingNode(options.id, options.weight);
  }

  get boot(): BootId | undefined {
    return this.registration.boot;
  }

  get isRegistered(): boolean {
    return this.phase.kind === 'registered';
  }

  step(input: MembershipInput, nowMs: number): readonly MembershipEffect[] {
    this.nowMs = nowMs;
    this.out = [];
    this.take(input);
    this.startDue();
    return this.out;
  }

  private take(input: MembershipInput): void {
    switch (input.kind) {
      case 'session':
        if (input.event === 'lost') this.onLost();
        else this.onContact(input.event);
        break;
      case 'changed':
      case 'read':
        this.isReadWanted = true;
        break;
      case 'read.answered':
        this.onReading(input.call, input.reading);
        break;
      case 'multi.answered':
        this.onMulti(input.call, input.result);
        break;
      case 'call.failed':
        this.onFailed(this.calls.finish(input.call));
        break;
      case 'table':
        this.change([{ kind: 'table', base: input.base, changes: input.changes }]);
        break;
      case 'evict':
        this.change(evictionOps(input, this.seen?.reading));
        break;
      case 'join':
      case 'leave':
      case 'drain':
        this.ring[input.kind]();
        this.keepRingNode();
        break;
      case 'tick':
        for (const call of this.calls.expire(this.nowMs)) this.onFailed(call);
        break;
      default:
        unreachable(input);
    }
  }

  private onContact(event: 'connected' | 'suspended'): void {
    this.note(event === 'connected' ? 'info' : 'warn', `membership.${event}`);
    if (event === 'suspended') return;
    if (this.phase.kind !== 'registered') {
      if (this.phase.kind === 'away') this.registration.begin();
      this.phase = { kind: 'registering', retryAtMs: this.nowMs };
    }
    this.isReadWanted = true;
    this.leaseAtMs = this.nowMs;
  }

  private onLost(): void {
    this.endRegistration();
    this.phase = { kind: 'away' };
  }

  /** Somebody removed my node (rule C11, or by hand): to me the same as a lost session (L1). */
  private onNodeGone(): void {
    this.endRegistration();
    this.registration.begin();
    this.phase = { kind: 'registering', retryAtMs: this.nowMs };
  }

  /** First of all the core must stop acting (rule Z7); calls in flight are nobody's from now on. */
  private endRegistration(): void {
    if (this.phase.kind === 'registered') {
      this.note('warn', 'membership.lost');
      this.out.push({ kind: 'session.lost' });
    }
    for (const call of this.calls.clear()) if (call.purpose === 'table') this.answer('unknown');
  }

  private onReading(number: number, reading: Reading): void {
    const call = this.calls.finish(number);
    if (call === undefined) return;
    if (call.purpose === 'registration.read') this.attempt(reading);
    else if (this.phase.kind === 'registered') this.offer(number, reading, this.phase.name);
  }

  private attempt(reading: Reading): void {
    const attempt = this.registration.attempt(reading);
    if (attempt.kind === 'registered') this.onRegistered(attempt.registered);
    else this.multi('registration', attempt.ops);
  }

  private offer(call: number, reading: Reading, ownName: string): void {
    const verdict = this.gate.offer(reading);
    if (verdict.kind === 'older') {
      this.readAtMs = this.nowMs + this.retryDelayMs;
    } else if (verdict.kind === 'unconfirmed') {
      this.note('warn', 'membership.drop_held_back');
      this.isReadWanted = true;
    } else {
      this.seen = { reading, call };
      this.out.push({ kind: 'view', view: verdict.view });
      // A follower may lag: only the leader's answer says that my node is gone (rule L1).
      if (!reading[this.folder].some(({ name }) => name === ownName)) this.leaseAtMs = this.nowMs;
      this.keepRingNode();
    }
  }

  private onRegistered({ name, boot, cluster, tableVersion }: Registered): void {
    this.phase = { kind: 'registered', name, boot };
    this.leaseAtMs = this.nowMs;
    this.isReadWanted = true;
    this.ring.changedBefore(this.calls.next);
    this.note('info', 'membership.registered');
    this.out.push({ kind: 'registered', boot, cluster, tableVersion });
  }

  private onMulti(number: number, result: MultiResult): void {
    const call = this.calls.finish(number);
    if (call === undefined) return;
    const isDone = result.outcome === 'done';
    if (call.purpose === 'registration') {
      // Refused: the table has moved on, so `startDue` reads again and tries again.
      if (isDone) this.onRegistered(this.registration.succeed(result.created[0] ?? ''));
    } else if (call.purpose === 'lease') {
      if (isDone) this.out.push({ kind: 'confirmed', sentAtMs: call.sentAtMs });
      else this.onNodeGone();
    } else if (call.purpose === 'table') {
      this.answer(isDone ? 'done' : 'refused');
      // Read again (rule Z2), unless that has begun: calls take effect in the order they are made.
      if (this.lastView < number) this.isReadWanted = true;
    } else {
      this.ring.changedBefore(this.calls.next);
      this.isReadWanted = true;
    }
  }

  private onFailed(call: PendingCall<Purpose> | undefined): void {
    if (call === undefined) return;
    const retryAtMs = this.nowMs + this.retryDelayMs;
    switch (call.purpose) {
      case 'registration.read':
      case 'registration':
        this.phase = { kind: 'registering', retryAtMs };
        break;
      case 'lease':
        this.leaseAtMs = Math.max(this.leaseAtMs, retryAtMs);
        break;
      case 'table':
        this.answer('unknown');
        this.readAtMs = retryAtMs;
        break;
      case 'ring':
        this.ring.changedBefore(this.calls.next);
        this.readAtMs = retryAtMs;
        break;
      case 'view':
        this.lastView = 0;
        this.readAtMs = retryAtMs;
        break;
      default:
        unreachable(call.purpose);
    }
  }

  private change(ops: readonly Op[] | undefined): void {
    if (this.phase.kind !== 'registered') {
      // Not 'refused': an earlier attempt at the same change may be in force (rule Z3).
      this.answer('unknown');
    } else if (ops === undefined) {
      this.answer('refused');
      this.isReadWanted = true;
    } else {
      this.multi('table', ops);
    }
  }

  private answer(outcome: 'done' | 'refused' | 'unknown'): void {
    this.out.push({ kind: 'table.answered', outcome });
  }

  private keepRingNode(): void {
    if (this.phase.kind !== 'registered' || this.seen === undefined) return;
    if (this.calls.has('ring')) return;
    const ops = this.ring.opsAfter(this.seen.reading, this.seen.call, this.phase);
    if (ops.length > 0) this.multi('ring', ops);
  }

  /** Starts the calls whose time has come; of each of these kinds one at most is under way. */
  private startDue(): void {
    if (this.phase.kind === 'registering') {
      if (this.calls.has('registration') || this.calls.has('registration.read')) return;
      if (this.nowMs >= this.phase.retryAtMs) this.read('registration.read');
    } else if (this.phase.kind === 'registered') {
      this.renewDueLease(this.phase.name);
      if (!this.isReadWanted && this.nowMs < this.readAtMs) return;
      if (this.calls.has('view')) return;
      this.isReadWanted = false;
      this.readAtMs = this.nowMs + 2 * this.renewIntervalMs;
      this.read('view');
    }
  }

  private renewDueLease(name: string): void {
    if (this.nowMs < this.leaseAtMs || this.calls.has('lease')) return;
    this.leaseAtMs = this.nowMs + this.renewIntervalMs;
    this.multi('lease', [{ kind: 'check', folder: this.folder, name }]);
  }

  private read(purpose: Purpose): void {
    const call = this.calls.begin(purpose, this.nowMs, readRoundsMax);
    if (purpose === 'view') this.lastView = call;
    this.out.push({ kind: 'call.read', call });
  }

  private multi(purpose: Purpose, ops: readonly Op[]): void {
    this.out.push({ kind: 'call.multi', call: this.calls.begin(purpose, this.nowMs), ops });
  }

  private note(level: 'info' | 'warn', event: string): void {
    this.out.push({ kind: 'note', level, event });
  }
}
