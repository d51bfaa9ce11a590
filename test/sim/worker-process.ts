/**
 * A simulated worker: the production core with the world in the place of its shell. Handlers'
 * results come back even after their token was revoked, as a promise would (rule H4).
 */
import type { BootId } from '../../base/index.ts';
import type { MembershipEffect } from '../../cluster/membership-types.ts';
import type { LinkMessage } from '../../link/index.ts';
import type { WorkerEffect, WorkerInput } from '../../worker/core-types.ts';
import { delayOf, outcomeOf } from './application.ts';
import { OutChannel } from './broker.ts';
import type { WorkerSubject } from './cores.ts';
import { worldLimits } from './limits.ts';
import { MembershipShell } from './membership-shell.ts';
import { Outbox } from './outbox.ts';
import { Process } from './process.ts';
import type { Surroundings } from './surroundings.ts';
import { shortly } from './trace.ts';

export class WorkerProcess extends Process {
  readonly role = 'worker';
  readonly core: WorkerSubject;
  readonly membership: MembershipShell;
  drainingSinceMs: number | undefined;
  readonly weight: number;
  readonly #world: Surroundings;
  readonly #out: OutChannel;
  readonly #inputs: WorkerInput[] = [];
  readonly #outbox = new Outbox();
  #isStepping = false;

  constructor(id: string, life: number, weight: number, world: Surroundings) {
    super(id, life, world);
    this.weight = weight;
    this.#world = world;
    this.core = world.subjects.worker({
      slotCount: world.slotCount,
      limits: { ...world.workerLimits, copies: world.copiesOf(id) },
      handled: world.application.handled,
      wallOffsetMs: this.clock.wallOffsetMs,
    });
    this.membership = new MembershipShell(
      this,
      {
        role: 'worker',
        id,
        address: `${id}:1`,
        build: 'sim',
        nonce: `${id}.${life}`,
        weight,
        renewIntervalMs: worldLimits.renewIntervalMs,
        callDeadlineMs: worldLimits.callDeadlineMs,
      },
      world,
      (effect) => this.#fromMembership(effect),
    );
    this.#out = new OutChannel(world.out, world.schedule, {
      confirmed: (publication) => this.do(() => this.step({ kind: 'published', publication })),
      reset: (reopen) =>
        this.do(() => {
          reopen();
          this.step({ kind: 'publish.reset' });
        }),
    });
    this.membership.step({ kind: 'join' });
    const isOver = (): boolean => !this.isAlive;
    world.schedule.every(worldLimits.tickMs, () => this.do(() => this.#tick()), isOver);
  }

  get isDraining(): boolean {
    return this.drainingSinceMs !== undefined;
  }

  drain(): void {
    if (this.isDraining) return;
    this.drainingSinceMs = this.schedule.nowMs;
    this.do(() => this.membership.step({ kind: 'drain' }));
  }

  step(input: WorkerInput): void {
    this.#inputs.push(input);
    if (this.#isStepping) return;
    this.#isStepping = true;
    for (let next = this.#inputs.shift(); next !== undefined; next = this.#inputs.shift()) {
      this.#stepOnce(next);
    }
    this.#isStepping = false;
  }

  linked(peer: Process, connection: number): void {
    this.step({ kind: 'linked', peer: peer.boot, role: peer.role, connection });
  }

  unlinked(peer: BootId, connection: number): void {
    this.step({ kind: 'unlinked', peer, connection });
  }

  received(peer: BootId, connection: number, message: LinkMessage): void {
    this.step({ kind: 'message', peer, connection, message });
  }

  refused(peer: BootId): void {
    this.step({ kind: 'gone', peer });
  }

  foreign(): void {
    this.step({ kind: 'foreign.cluster' });
  }

  #tick(): void {
    this.membership.step({ kind: 'tick' });
    this.#world.network.checkHeartbeats(this);
    this.step({ kind: 'tick' });
    if (this.drainingSinceMs === undefined) return;
    const isLate = this.schedule.nowMs - this.drainingSinceMs >= worldLimits.drainTimeoutMs;
    if (isLate || (this.#hasLeft() && this.core.isEmpty())) this.#exit();
  }

  #hasLeft(): boolean {
    const { view } = this;
    if (view === undefined || this.boot === '') return false;
    return view.ring.get(this.id)?.boot !== this.boot;
  }

  /** As a killed process: its session is left to expire; a supervisor starts it anew. */
  #die(): void {
    this.#world.ledger.stats.exits += 1;
    this.kill();
    this.#world.network.died(this);
    this.#world.exited(this.id, this.weight);
  }

  #exit(): void {
    this.#world.trace.add(this.schedule.nowMs, this.name, 'exit');
    this.#world.ledger.stats.cleanExits += 1;
    this.membership.close();
    this.kill();
    this.#world.network.died(this);
  }

  #stepOnce(input: WorkerInput): void {
    const { trace, ledger } = this.#world;
    const nowMs = this.schedule.nowMs;
    trace.add(nowMs, this.name, input.kind, () => shortly(input));
    if (!this.isAlive) return;
    const effects = this.core.step(input, this.clock.nowMs());
    if (trace.isReadable) {
      for (const effect of effects) trace.add(nowMs, this.name, '→', () => shortly(effect));
    }
    ledger.workerStepped(this, effects);
    for (const effect of effects) {
      if (effect.kind === 'send') this.#outbox.add(effect.peer, effect.message);
      else this.#perform(effect);
    }
    this.#outbox.flush((peer, messages) => this.#world.network.send(this, peer, messages));
  }

  #perform(effect: Exclude<WorkerEffect, { kind: 'send' }>): void {
    switch (effect.kind) {
      case 'table':
      case 'evict':
      case 'read':
        this.membership.step(effect);
        return;
      case 'run':
        this.#run(effect);
        return;
      case 'publish':
        this.#out.publish(effect.publication, { id: effect.id, outward: effect.outward });
        return;
      case 'exit':
        this.#die();
        return;
      case 'note':
        this.#world.ledger.note(effect.event, effect.level);
        return;
      case 'revoke':
        this.#world.ledger.stats.revoked += 1;
        return;
    }
  }

  #run(effect: Extract<WorkerEffect, { kind: 'run' }>): void {
    const { application, random } = this.#world;
    this.#world.ledger.stats.runs += 1;
    if (effect.isVolatile) this.#world.ledger.stats.volatileRuns += 1;
    const stuckUntilMs = this.#world.stuckKeys.untilMs(effect.input.key, this.schedule.nowMs);
    const isStuck = stuckUntilMs !== undefined;
    if (isStuck) this.#world.ledger.stats.stuckRuns += 1;
    const delayMs = isStuck ? stuckUntilMs - this.schedule.nowMs : delayOf(application, random);
    if (delayMs === undefined) return;
    const outcome = outcomeOf(application, effect);
    const { inputId, isVolatile, token } = effect;
    this.schedule.after(delayMs, () =>
      this.do(() => {
        if (isVolatile) this.#world.ledger.volatileHandled.add(inputId);
        this.step({ kind: 'ran', token, outcome });
      }),
    );
  }

  #fromMembership(effect: MembershipEffect): void {
    switch (effect.kind) {
      case 'registered':
        this.boot = effect.boot;
        this.cluster ||= effect.cluster;
        this.step(effect);
        return;
      case 'view':
        this.view = effect.view;
        this.step(effect);
        return;
      case 'confirmed':
        this.confirmed(effect.sentAtMs);
        this.step(effect);
        return;
      case 'session.lost':
      case 'table.answered':
        this.step(effect);
        return;
      case 'note':
        this.#world.ledger.note(effect.event, effect.level);
        return;
      case 'call.read':
      case 'call.multi':
        return;
    }
  }
}
