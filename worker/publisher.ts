/**
 * Outward messages on their way to the bus, in the order of the core's `publish` effects.
 *
 *   [up] ── a publication fails ──► [down] ── the head gets through ──► [up]
 *
 * On a failure everything here is dropped and the core is told once (`publish.reset`); it sends
 * all that is unconfirmed again, oldest first, under new numbers (rule O3). While down, only the
 * head is tried, after a growing, jittered wait. Several publications are under way at a time, so
 * the bus must fail as a channel does: once one is lost, the later ones are not known to be safe.
 */
import { type Cancel, type Clock, type Logger, type Random, RingwayError } from '../base/index.ts';
import { type Bus, shortId } from '../events/index.ts';
import type { WorkerEffect } from './core-types.ts';
import type { ShellLimits } from './limits.ts';

export type PublishEffect = Extract<WorkerEffect, { kind: 'publish' }>;

export interface PublisherOptions {
  readonly bus: Pick<Bus, 'publishEvent' | 'publishOut'>;
  readonly limits: Pick<
    ShellLimits,
    'publishInFlightMax' | 'publishQueueMax' | 'publishBackOffMs' | 'publishBackOffMaxMs'
  >;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  onPublished(publication: number): void;
  /** From within it, or later, the core publishes everything unconfirmed again. */
  onReset(): void;
  /** For the metrics. */
  onOutcome?(to: 'out' | 'event', outcome: PublishOutcome): void;
}

export type PublishOutcome = 'confirmed' | 'failed' | 'refused';

export interface Publisher {
  publish(effect: PublishEffect): void;
  /** Nothing more goes out and nothing is reported. */
  close(): void;
  readonly isUp: boolean;
  /** Waiting or under way. */
  readonly pending: number;
}

export function createPublisher(options: PublisherOptions): Publisher {
  return new OrderedPublisher(options);
}

type Phase =
  | { readonly kind: 'up' }
  | { readonly kind: 'down'; readonly failures: number; readonly cancelWait: Cancel }
  /** The head is being tried. */
  | { readonly kind: 'probing'; readonly failures: number }
  | { readonly kind: 'closed' };

class OrderedPublisher implements Publisher {
  readonly #options: PublisherOptions;
  #phase: Phase = { kind: 'up' };
  #queue: PublishEffect[] = [];
  #inFlight = 0;
  /** Rises at each failure: answers to earlier publications count for nothing. */
  #generation = 0;
  /** The queue was full: what came since then is only in the log. */
  #isCutOff = false;

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  get isUp(): boolean {
    return this.#phase.kind === 'up';
  }

  get pending(): number {
    return this.#queue.length + this.#inFlight;
  }

  publish(effect: PublishEffect): void {
    if (this.#phase.kind === 'closed' || this.#isCutOff) return;
    const { publishQueueMax } = this.#options.limits;
    if (this.#queue.length >= publishQueueMax) {
      this.#isCutOff = true;
      this.#options.logger.warn('publish.queue_full', { publishQueueMax });
      return;
    }
    this.#queue.push(effect);
    this.#pump();
  }

  close(): void {
    if (this.#phase.kind === 'down') this.#phase.cancelWait();
    this.#phase = { kind: 'closed' };
    this.#queue = [];
    this.#generation += 1;
  }

  #pump(): void {
    if (this.#phase.kind !== 'up') return;
    while (this.#inFlight < this.#options.limits.publishInFlightMax) {
      const next = this.#queue.shift();
      if (next === undefined) break;
      this.#start(next);
    }
    if (!this.#isCutOff || this.pending > 0) return;
    this.#isCutOff = false;
    this.#options.onReset();
  }

  #start(effect: PublishEffect): void {
    const generation = this.#generation;
    this.#inFlight += 1;
    this.#send(effect).then(
      () => this.#settled(effect, generation, undefined),
      (thrown: unknown) => this.#settled(effect, generation, { thrown }),
    );
  }

  async #send({ id, outward }: PublishEffect): Promise<void> {
    const { bus } = this.#options;
    const { topic, type, format, data } = outward;
    if (outward.to === 'event') {
      const source = eventSource;
      await bus.publishEvent({ key: topic, id: shortId(id), type, source, format, data });
    } else await bus.publishOut({ id, topic, type, format, data });
  }

  #settled(effect: PublishEffect, generation: number, error: { thrown: unknown } | undefined) {
    if (generation !== this.#generation) return;
    this.#inFlight -= 1;
    const outcome = error === undefined ? 'confirmed' : outcomeOf(error.thrown);
    this.#options.onOutcome?.(effect.outward.to, outcome);
    if (outcome === 'failed') {
      this.#fail(effect, codeOf(error?.thrown));
      return;
    }
    if (outcome === 'refused') {
      // It never will get through: struck off with a loud line rather than blocking all others.
      this.#options.logger.error('publish.refused', { id: effect.id, code: codeOf(error?.thrown) });
    }
    if (this.#phase.kind === 'probing') {
      this.#phase = { kind: 'up' };
      this.#options.logger.info('publish.recovered');
    }
    this.#options.onPublished(effect.publication);
    this.#pump();
  }

  #fail(effect: PublishEffect, code: string): void {
    if (this.#phase.kind === 'probing') {
      // Nothing else was under way, so the order still stands: no need to tell the core again.
      this.#queue.unshift(effect);
      this.#wait(this.#phase.failures + 1);
      return;
    }
    this.#options.logger.warn('publish.failed', { code, dropped: this.pending + 1 });
    this.#queue = [];
    this.#inFlight = 0;
    this.#generation += 1;
    this.#isCutOff = false;
    this.#wait(1);
    this.#options.onReset();
  }

  #wait(failures: number): void {
    const { clock, random, limits } = this.#options;
    const ceilingMs = Math.min(
      limits.publishBackOffMaxMs,
      limits.publishBackOffMs * 2 ** Math.min(failures - 1, 20),
    );
    const cancelWait = clock.after(ceilingMs * (0.5 + random.next() / 2), () => this.#probe());
    this.#phase = { kind: 'down', failures, cancelWait };
  }

  /** An empty queue means that the core has nothing unconfirmed: the next publication is the probe. */
  #probe(): void {
    if (this.#phase.kind !== 'down') return;
    const { failures } = this.#phase;
    const head = this.#queue.shift();
    if (head === undefined) {
      this.#phase = { kind: 'up' };
      return;
    }
    this.#phase = { kind: 'probing', failures };
    this.#start(head);
  }
}

/**
 * `source` of the events for other keys: the same on every worker, because whoever publishes an
 * event again after a crash must give it the same identity.
 */
const eventSource = '/ringway';

/** A wrong event stays wrong; anything else may pass when the bus is well again. */
function outcomeOf(thrown: unknown): PublishOutcome {
  return codeOf(thrown).startsWith('event.') ? 'refused' : 'failed';
}

function codeOf(thrown: unknown): string {
  return thrown instanceof RingwayError ? thrown.code : 'unknown';
}
