/**
 * What the simulator knows of everything: counters, and the invariants that are checked while
 * things happen. Each has a name; breaking one throws a `Violation`. What can only be judged at
 * the end is in `final.ts`.
 */
import type { BootId, Slot } from '../../base/index.ts';
import type { Entry } from '../../cluster/index.ts';
import type { GatewayEffect } from '../../gateway/core-types.ts';
import type { LinkMessage, WorkerToGateway } from '../../link/index.ts';
import type { SlotReport, WorkerEffect } from '../../worker/core-types.ts';
import { inputIdOf } from '../../worker/inputs.ts';
import { Archive } from './archive.ts';
import { AskedOfWorkers } from './asked.ts';
import { Contents } from './contents.ts';
import type { GatewayProcess } from './gateway-process.ts';
import { type Omniscience, Violation } from './omniscience.ts';
import { newStatistics, type Statistics } from './statistics.ts';
import { isMissed } from './window.ts';
import type { WorkerProcess } from './worker-process.ts';

interface Loss {
  readonly epoch: number;
  readonly atMs: number;
}

export class Ledger {
  readonly stats: Statistics = newStatistics();
  readonly notes = new Map<string, number>();
  /** Slots whose log was declared lost, with the newest loss. */
  readonly losses = new Map<Slot, Loss>();
  /** Input id → highest slot epoch in which it was acknowledged. */
  readonly acknowledged = new Map<
    string,
    { readonly key: string; readonly epoch: number; readonly cluster: string }
  >();
  readonly archive = new Archive();
  /** Input ids of events that would have given birth to a key for which there was no room (G4). */
  readonly refusedEvents = new Set<string>();
  /** Volatile messages whose handler has come back, by input id. */
  readonly volatileHandled = new Set<string>();
  readonly world: Omniscience;
  readonly #asked = new AskedOfWorkers();
  /** By cluster and slot: when the first effect was had. */
  readonly #effectsSince = new Map<string, number>();
  readonly #owners = new Map<string, BootId>();
  readonly #contents: Contents;
  /** Of the step that is looked at; its effects are mostly of one slot. */
  #report: SlotReport | undefined;
  #steps = 0;

  constructor(world: Omniscience) {
    this.world = world;
    this.#contents = new Contents((invariant, isTrue, detail) =>
      this.expect(invariant, isTrue, detail),
    );
  }

  /** @throws Violation unless `isTrue` */
  expect(invariant: string, isTrue: boolean, detail: () => string): void {
    if (!isTrue) throw new Violation(invariant, detail());
  }

  /** All data is gone: every log is lost, and epochs and terms begin anew. */
  wiped(): void {
    this.stats.wipes += 1;
    const atMs = this.world.nowMs();
    for (let slot = 0; slot < this.world.slotCount; slot += 1) {
      this.losses.set(slot, { epoch: 0, atMs });
    }
  }

  note(event: string, level: string): void {
    const name = `${level} ${event}`;
    this.notes.set(name, (this.notes.get(name) ?? 0) + 1);
  }

  workerStepped(worker: WorkerProcess, effects: readonly WorkerEffect[]): void {
    this.#steps += 1;
    this.#report = undefined;
    for (const effect of effects) {
      if (effect.kind === 'send') this.#workerSent(worker, effect.peer, effect.message);
    }
    this.#observe(worker);
    if (this.#steps % 8 === 0) worker.core.checkInvariants();
  }

  gatewayStepped(gateway: GatewayProcess, effects: readonly GatewayEffect[]): void {
    this.#steps += 1;
    for (const effect of effects) {
      if (effect.kind === 'send') this.#asked.take(gateway.boot, effect.message);
    }
    if (this.#steps % 8 === 0) gateway.core.checkInvariants();
  }

  /** The table changed: what it means, and whether it may. */
  entryWritten(slot: Slot, before: Entry, after: Entry): void {
    const { stats } = this;
    this.expect(
      'table.term.rises',
      after.term > before.term || (after.term === before.term && after.owner === before.owner),
      () => `slot ${slot}: ${before.owner}:${before.term} → ${after.owner}:${after.term}`,
    );
    if (before.epoch !== 0 && after.epoch !== before.epoch) this.#declared(slot, before, after);
    else if (before.owner === '') stats.firstClaims += 1;
    else if (after.owner === before.owner && after.term === before.term) {
      stats.replicaChanges += 1;
      if (after.copies.length === 1) stats.degraded += 1;
    } else if (after.owner === before.owner) stats.reclaims += 1;
    else {
      if (this.world.isLive(before.owner)) stats.plannedMoves += 1;
      else stats.crashClaims += 1;
      this.#ownerHoldsEffects(slot, after);
    }
  }

  #declared(slot: Slot, before: Entry, after: Entry): void {
    this.stats.declaredLosses += 1;
    const living = before.copies.filter((boot) => this.world.isLive(boot));
    this.expect(
      'loss.declared.only-without-copies',
      living.length === 0,
      () => `slot ${slot}: epoch ${after.epoch} while ${living} of ${before.copies} are live`,
    );
    this.expect('loss.with-single-fault', !this.world.isSingle, () => {
      return `slot ${slot}: ${before.copies} are gone`;
    });
    this.expect('loss.in-calm', !this.world.isCalm, () => {
      return `slot ${slot}: ${before.copies} are gone`;
    });
    this.losses.set(slot, { epoch: after.epoch, atMs: this.world.nowMs() });
  }

  /** Meaning of `copies`: the new owner's log holds every record that had an effect. */
  #ownerHoldsEffects(slot: Slot, after: Entry): void {
    const owner = this.world.workerOf(after.owner);
    const log = owner?.core.logOf(slot);
    if (owner?.cluster !== this.world.cluster || log === undefined) return;
    if (log.epoch !== after.epoch) return;
    for (const [key, keyLog] of log.keys) {
      const head = this.#contents.headOf(key, `${owner.cluster}-${log.epoch}-${keyLog.born}`);
      this.expect(
        'owner.holds.effects',
        keyLog.nextOffset >= head,
        () =>
          `slot ${slot} ${after.owner}: ${key} ends at ${keyLog.nextOffset}, effects to ${head}`,
      );
    }
  }

  #workerSent(worker: WorkerProcess, peer: BootId, message: LinkMessage): void {
    switch (message.type) {
      case 'FRAME':
        this.#effect(worker, message.slot, message.type);
        this.#contents.take(message);
        return;
      case 'INPUT_ACK':
        this.#inputAcknowledged(worker, peer, message);
        return;
      case 'ATTACHED':
        this.#effect(worker, message.slot, message.type);
        this.stats.attached += 1;
        if (message.reason === 'window') this.#beyondWindow(worker, peer, message);
        return;
      case 'SNAPSHOT':
        this.stats.snapshots += 1;
        return;
      case 'FENCED':
        this.stats.fenced += 1;
        return;
      case 'RESYNC':
        this.stats.resyncs += 1;
        return;
      case 'MOVING':
      case 'NOT_OWNER':
        this.stats.bindingsClosed += 1;
        return;
      default:
        return;
    }
  }

  /** Every record, before it is trimmed. */
  #observe(worker: WorkerProcess): void {
    const nowMs = this.world.nowMs();
    for (let slot = 0; slot < this.world.slotCount; slot += 1) {
      const log = worker.core.logOf(slot);
      if (log === undefined) continue;
      const wrong = this.archive.observe(worker.cluster, slot, log, nowMs);
      if (wrong === '') continue;
      this.expect('archive.complete', false, () => `${worker.boot}: ${wrong}`);
    }
  }

  /** Told that it was away for too long: then its place is in no retained record. */
  #beyondWindow(
    worker: WorkerProcess,
    peer: BootId,
    message: Extract<WorkerToGateway, { type: 'ATTACHED' }>,
  ): void {
    const { slot, session, epoch } = message;
    const asked = this.#asked.positionOf(peer, message);
    const log = worker.core.logOf(slot);
    const born = Number(epoch.split('-').at(-1));
    const lives = log === undefined ? [] : [...this.archive.historyOf(log).values()].flat();
    const life = lives.find((one) => one.born === born);
    const isTold = life !== undefined && isMissed(life, asked, this.world.workerLimits);
    this.expect('told.window', isTold, () => `${session} asked for ${asked} of ${epoch}`);
  }

  /** Whoever has an effect is the only owner of its term, in an epoch that was not given up. */
  #effect(worker: WorkerProcess, slot: Slot, what: string): void {
    this.stats.effects += 1;
    const report = this.#reportOf(worker, slot);
    // The same step may have ended the ownership after its effect.
    if (report.role !== 'owner') return;
    const owner = `${worker.cluster}|${slot}|${report.term}`;
    const known = this.#owners.get(owner);
    if (known === undefined) this.#owners.set(owner, worker.boot);
    this.expect(
      'owner.one-per-term',
      known === undefined || known === worker.boot,
      () => `slot ${slot} term ${report.term}: ${known} and ${worker.boot}`,
    );
    const nowMs = this.world.nowMs();
    if ((worker.confirmations.at(-1) ?? 0) < nowMs - 200) this.stats.effectsPastLease += 1;
    const loss = this.losses.get(slot);
    if (worker.cluster === this.world.cluster) this.#firstEffect(worker, slot);
    if (loss === undefined || !this.#isGivenUp(worker, slot, report.epoch, loss)) return;
    if (!this.world.hasFreshNeighbour(worker, this.#givenUpAtMs(worker, slot, loss))) {
      this.stats.islandEffects += 1;
      return;
    }
    this.expect('effect.after-declared-loss', false, () => {
      return `${what} of slot ${slot} by ${worker.boot} in epoch ${report.epoch}, lost at ${loss.atMs}`;
    });
  }

  #reportOf(worker: WorkerProcess, slot: Slot): SlotReport {
    if (this.#report?.slot !== slot) this.#report = worker.core.report(slot);
    return this.#report;
  }

  #firstEffect({ cluster }: WorkerProcess, slot: Slot): void {
    const place = `${cluster}|${slot}`;
    if (!this.#effectsSince.has(place)) this.#effectsSince.set(place, this.world.nowMs());
  }

  /** In data that was replaced: once the slot has effects in the new data. */
  #isGivenUp({ cluster }: WorkerProcess, slot: Slot, epoch: number, loss: Loss): boolean {
    if (cluster !== this.world.cluster) {
      return this.#effectsSince.has(`${this.world.cluster}|${slot}`);
    }
    return epoch !== 0 && epoch < loss.epoch;
  }

  #givenUpAtMs({ cluster }: WorkerProcess, slot: Slot, { atMs }: Loss): number {
    if (cluster === this.world.cluster) return atMs;
    return this.#effectsSince.get(`${this.world.cluster}|${slot}`) ?? atMs;
  }

  #inputAcknowledged(
    worker: WorkerProcess,
    peer: BootId,
    message: Extract<WorkerToGateway, { type: 'INPUT_ACK' }>,
  ): void {
    const { slot, binding, n } = message;
    this.#effect(worker, slot, message.type);
    const input = this.#asked.inputOf(peer, message);
    this.expect(
      'ack.of-sent-input',
      input !== undefined,
      () => `${worker.boot} acknowledged ${binding}:${n} of ${peer}, which was never sent`,
    );
    if (input === undefined || (input.kind !== 'event' && input.kind !== 'message')) return;
    this.stats.inputsAcknowledged += 1;
    if (message.failure.startsWith('memory')) {
      this.refusedEvents.add(inputIdOf({ input, gateway: peer }));
      return;
    }
    const { epoch } = this.#reportOf(worker, slot);
    const id =
      input.kind === 'event'
        ? inputIdOf({ input, gateway: peer })
        : `message ${input.session}:${input.n}`;
    const known = this.acknowledged.get(id);
    if (known !== undefined) this.stats.duplicatesAcknowledged += 1;
    const { cluster } = worker;
    if (known === undefined || known.cluster !== cluster || known.epoch < epoch) {
      this.acknowledged.set(id, { key: input.key, epoch, cluster });
    }
  }
}
