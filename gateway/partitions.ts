/**
 * Which event partitions this gateway consumes, and their consumers.
 *
 * The partitions are spread over the gateways by the same ring code that spreads slots over
 * workers. Two gateways may disagree for a moment: the broker has one active consumer per
 * partition, so the overlap is harmless. A partition is given up by closing its channel; what
 * was not acknowledged comes again, to somebody (rule B9).
 */
import type { Clock, Logger } from '../base/index.ts';
import type { View } from '../cluster/index.ts';
import type { Bus, Consumer } from '../events/index.ts';
import { createRing, hashKey } from '../ring/index.ts';
import type { GatewayInput } from './core-types.ts';
import { type HeldEvent, HeldUpPartitions } from './held-up.ts';
import type { GatewayMetrics } from './metrics.ts';

/** The partitions that belong to the gateway `id`, ascending; none when it is not listed. */
export function partitionsFor(id: string, view: View, partitions: number): readonly number[] {
  const ids = new Set([...view.gateways.values()].map((node) => node.id));
  if (!ids.has(id)) return [];
  const ring = createRing([...ids].map((member) => ({ id: member, weight: 1 })));
  const all = Array.from({ length: partitions }, (_, partition) => partition);
  return all.filter((partition) => ring.ownerAt(hashKey(`partition:${partition}`)) === id);
}

type PartitionInput = Extract<GatewayInput, { kind: 'event' | 'events.withdrawn' }>;

export interface PartitionParts {
  readonly bus: Bus;
  readonly prefetch: number;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly logger: Logger;
  readonly metrics: GatewayMetrics;
  readonly emit: (input: PartitionInput) => void;
}

export class Partitions {
  readonly #parts: PartitionParts;
  readonly #consumers = new Map<number, Consumer>();
  /** What no owner has acknowledged yet, oldest first: at most prefetch for each partition. */
  readonly #unacknowledged = new Map<number, HeldEvent>();
  readonly #heldUp: HeldUpPartitions;
  #wanted: readonly number[] = [];
  #lastRef = 0;

  constructor(parts: PartitionParts) {
    this.#parts = parts;
    this.#heldUp = new HeldUpPartitions(parts.prefetch, parts.logger);
  }

  get consumed(): number {
    return this.#consumers.size;
  }

  get inFlight(): number {
    return this.#unacknowledged.size;
  }

  /** For how long the oldest of them has been here; 0 when there is none. */
  get oldestMs(): number {
    const [oldest] = this.#unacknowledged.values();
    return oldest === undefined ? 0 : this.#parts.clock.nowMs() - oldest.sinceMs;
  }

  /** Looks for partitions that do not get on, and logs them; call it now and then. */
  look(): void {
    this.#heldUp.look(this.#unacknowledged.values(), this.#parts.clock.nowMs());
  }

  /** Consumes exactly these from now on. */
  want(partitions: readonly number[]): void {
    this.#wanted = partitions;
    for (const partition of [...this.#consumers.keys()]) {
      if (!partitions.includes(partition)) void this.#giveUp(partition);
    }
    this.renew();
  }

  /** Consumes again what the broker has closed; call it now and then. */
  renew(): void {
    for (const partition of this.#wanted) {
      if (!this.#consumers.has(partition)) this.#consume(partition);
    }
  }

  /** The core is done with an event. A failure is final: the event goes where the dead letters are. */
  done(ref: number, failure: string): void {
    const held = this.#unacknowledged.get(ref);
    if (held === undefined) return;
    this.#unacknowledged.delete(ref);
    if (failure === '') held.delivery.ack();
    else held.delivery.deadLetter(failure);
    this.#parts.metrics.event(failure === '' ? 'acknowledged' : 'dead_lettered');
    if (failure !== '') this.#parts.metrics.refusedEvent(failure);
  }

  /** Gives all partitions up; resolves when nothing more is delivered. */
  async close(): Promise<void> {
    this.#wanted = [];
    await Promise.all([...this.#consumers.keys()].map((partition) => this.#giveUp(partition)));
  }

  #consume(partition: number): void {
    const { bus, prefetch, clock, metrics, emit } = this.#parts;
    const consumer = bus.consume(partition, prefetch, {
      onDelivery: (delivery) => {
        // A channel that ends late must not be taken for its successor.
        if (this.#consumers.get(partition) !== consumer) return;
        this.#lastRef += 1;
        const ref = this.#lastRef;
        this.#unacknowledged.set(ref, { delivery, sinceMs: clock.nowMs() });
        metrics.event('received');
        emit({ kind: 'event', ref, partition, event: delivery.event });
      },
      onClosed: () => {
        if (this.#consumers.get(partition) !== consumer) return;
        this.#parts.logger.warn('partition.closed', { partition });
        this.#forget(partition);
      },
    });
    this.#consumers.set(partition, consumer);
  }

  async #giveUp(partition: number): Promise<void> {
    const consumer = this.#consumers.get(partition);
    if (consumer === undefined) return;
    this.#forget(partition);
    await consumer.close();
  }

  #forget(partition: number): void {
    this.#consumers.delete(partition);
    for (const [ref, { delivery }] of this.#unacknowledged) {
      if (delivery.partition !== partition) continue;
      this.#unacknowledged.delete(ref);
      this.#parts.metrics.event('withdrawn');
    }
    this.#parts.emit({ kind: 'events.withdrawn', partition });
  }
}
