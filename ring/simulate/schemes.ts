/**
 * What one event costs in five designs, for a cluster of N workers: formulas, not measurements,
 * with every assumption in the answer. A *message* is one that crosses a network between two
 * processes; a *look-up* is a question to another process about who has the user. The broker's confirmations are left out everywhere.
 */
import { bounded, inRange } from './bounds.ts';

export type SchemeName = 'broadcast' | 'redis-routing' | 'queue-per-worker' | 'ring';

export interface SchemeOptions {
  readonly workers: number;
  /** Fraction of events whose user is connected. Default 1. */
  readonly connectedFraction?: number | undefined;
  /** Events per second of the whole cluster, for the load of one worker. Default 1,000. */
  readonly eventsPerS?: number | undefined;
}

export interface SchemeCost {
  readonly name: SchemeName;
  readonly about: string;
  /** Messages between processes for one event, on average. */
  readonly messagesPerEvent: number;
  /** Questions to another process for one event. */
  readonly lookUpsPerEvent: number;
  /** Messages per second that each worker must read, at `eventsPerS`. */
  readonly readsPerWorkerPerS: number;
  /** Entries that must be written elsewhere when one user connects or moves. */
  readonly writesPerConnect: number;
  /** The formula of `messagesPerEvent`; c = connected fraction. */
  readonly formula: string;
  readonly assumes: string;
}

/** @throws RingError `ring.bad_option` */
export function schemeCosts(options: SchemeOptions): SchemeCost[] {
  const n = bounded('workers', options.workers, 4096, 1);
  const c = inRange('connectedFraction', options.connectedFraction ?? 1, 0, 1);
  const rate = inRange('eventsPerS', options.eventsPerS ?? 1_000, 0, 1e12);
  return [
    {
      name: 'broadcast',
      about: 'every worker reads every event and drops those of strangers',
      messagesPerEvent: 1 + n + c,
      lookUpsPerEvent: 0,
      readsPerWorkerPerS: rate,
      writesPerConnect: 0,
      formula: '1 + N + c',
      assumes: 'publisher → broker, broker → N workers, worker → client',
    },
    {
      name: 'redis-routing',
      about: 'a table user → worker in Redis, asked for every event',
      messagesPerEvent: 3 + 2 * c,
      lookUpsPerEvent: 1,
      readsPerWorkerPerS: (rate * c) / n,
      writesPerConnect: 1,
      formula: '3 + 2c',
      assumes:
        'publisher → router, router ⇄ Redis (two messages), router → worker, worker → client; no cache, which would deliver to the wrong worker after a move',
    },
    {
      name: 'queue-per-worker',
      about: 'a queue for each worker; the publisher asks which is the right one',
      messagesPerEvent: 2 + 3 * c,
      lookUpsPerEvent: 1,
      readsPerWorkerPerS: (rate * c) / n,
      writesPerConnect: 1,
      formula: '2 + 3c',
      assumes:
        'publisher ⇄ table (two messages), publisher → broker, broker → worker, worker → client; what waits in the queue of a worker that died is stranded',
    },
    {
      name: 'ring',
      about: 'the owner is computed; its answer is copied to one other worker before it counts',
      messagesPerEvent: 6 + 2 * c,
      lookUpsPerEvent: 0,
      readsPerWorkerPerS: (3 * rate) / n,
      writesPerConnect: 0,
      formula: '6 + 2c',
      assumes:
        'publisher → broker → gateway → owner, record to the second copy and its answer, acknowledgement to the gateway, frame to the gateway of the client and on to it; none is lost with one worker. In use many share a packet',
    },
  ];
}
