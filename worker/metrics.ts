/**
 * What Prometheus sees of a worker: `ringway_worker_…`, base units, labels from fixed sets only
 * (no user, key, session or peer ids). Each worker has a registry of its own, so that several fit
 * into one process.
 */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { isServing, type Readiness, reasonCodes } from '../base/index.ts';
import type { HandlerName } from './application.ts';
import type { RunEnd } from './handlers.ts';
import type { MemoryReport } from './memory.ts';
import { registerMemory } from './memory-metrics.ts';
import type { PublishOutcome } from './publisher.ts';
import type { SlotCounts } from './status.ts';

/** Numbers that are counted when somebody asks. */
export interface MetricsSource {
  slots(): SlotCounts;
  links(): { readonly worker: number; readonly gateway: number };
  memory(): MemoryReport;
  runs(): number;
  overdueKeys(): number;
  publicationsPending(): number;
  isInRing(): boolean;
  readiness(): Readiness;
}

export interface WorkerMetrics {
  readonly registry: Registry;
  inputStepped(kind: string): void;
  runEnded(handler: HandlerName, end: RunEnd, durationMs: number): void;
  published(to: 'out' | 'event', outcome: PublishOutcome): void;
  publishReset(): void;
  sessionLost(): void;
  /** `event` is one of the core's constant names. */
  noted(level: string, event: string): void;
}

const runBucketsSeconds = [0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];

export function createWorkerMetrics(source: MetricsSource): WorkerMetrics {
  const registry = new Registry();
  registerGauges(registry, source);
  registerMemory(registry, source.memory, source.slots);
  const inputs = inputCounts(registry);
  const runs = runObserver(registry);
  const published = counter(registry, 'publications_total', 'outward messages', ['to', 'outcome']);
  const resets = counter(
    registry,
    'publish_resets_total',
    'times all unconfirmed went out again',
    [],
  );
  const lost = counter(registry, 'sessions_lost_total', 'lost ZooKeeper sessions', []);
  const evictions = counter(
    registry,
    'evictions_total',
    'attempts to remove a worker whose address refuses connections',
    [],
  );
  const notes = counter(registry, 'notes_total', 'transitions by name', ['level', 'event']);
  return {
    registry,
    inputStepped: inputs,
    runEnded: runs,
    published: (to, outcome) => published.inc({ to, outcome }),
    publishReset: () => resets.inc(),
    sessionLost: () => lost.inc(),
    noted(level, event) {
      notes.inc({ level, event });
      if (event === 'worker.evicting') evictions.inc();
    },
  };
}

/** Counted plainly on the hot path, turned into a metric when somebody asks. */
function inputCounts(registry: Registry): (kind: string) => void {
  const counts = new Map<string, number>();
  new Counter({
    name: 'ringway_worker_inputs_total',
    help: 'inputs of the step function',
    labelNames: ['kind'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [kind, count] of counts) this.inc({ kind }, count);
    },
  });
  return (kind) => counts.set(kind, (counts.get(kind) ?? 0) + 1);
}

/** Children are looked up once: a labelled call costs a hash of its labels each time. */
function runObserver(registry: Registry): WorkerMetrics['runEnded'] {
  const runs = counter(registry, 'runs_total', 'runs of handlers that ended', ['handler', 'end']);
  const durations = new Histogram({
    name: 'ringway_worker_run_duration_seconds',
    help: 'time from the start of a run to its end',
    labelNames: ['handler'],
    buckets: runBucketsSeconds,
    registers: [registry],
  });
  const childrenOf = (handler: HandlerName) => ({
    returned: runs.labels(handler, 'returned'),
    failed: runs.labels(handler, 'failed'),
    revoked: runs.labels(handler, 'revoked'),
    duration: durations.labels(handler),
  });
  const children = {
    onOpen: childrenOf('onOpen'),
    onMessage: childrenOf('onMessage'),
    onEvent: childrenOf('onEvent'),
    onClose: childrenOf('onClose'),
  } satisfies Record<HandlerName, unknown>;
  return (handler, end, durationMs) => {
    children[handler][end].inc();
    children[handler].duration.observe(durationMs / 1000);
  };
}

function counter<Label extends string>(
  registry: Registry,
  name: string,
  help: string,
  labelNames: Label[],
): Counter<Label> {
  return new Counter({ name: `ringway_worker_${name}`, help, labelNames, registers: [registry] });
}

function registerGauges(registry: Registry, source: MetricsSource): void {
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name: `ringway_worker_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  };
  const labelled = (
    name: string,
    help: string,
    label: string,
    read: () => Readonly<Record<string, number>>,
  ): void => {
    new Gauge({
      name: `ringway_worker_${name}`,
      help,
      labelNames: [label],
      registers: [registry],
      collect() {
        for (const [value, count] of Object.entries(read())) this.set({ [label]: value }, count);
      },
    });
  };
  labelled('slots', 'slots by role', 'role', () => {
    const { owner, copy, single } = source.slots();
    return { owner, copy, single };
  });
  labelled('degraded', '1 for each reason that holds', 'reason', () => {
    const held = new Set(source.readiness().reasons.map(({ code }) => code));
    return Object.fromEntries(reasonCodes.map((code) => [code, held.has(code) ? 1 : 0]));
  });
  labelled('links', 'links by role of the peer', 'role', () => ({ ...source.links() }));
  gauge('keys', 'keys with a log in owned slots: users, rooms', () => source.slots().keys);
  gauge(
    'sessions',
    'attached sessions, one for each key of a connection',
    () => source.slots().sessions,
  );
  gauge('runs', 'runs under way', () => source.runs());
  gauge('keys_overdue', 'keys waiting for a handler after one overran its deadline', () =>
    source.overdueKeys(),
  );
  gauge('publications_pending', 'outward messages not confirmed', () =>
    source.publicationsPending(),
  );
  gauge('ready', '1 while /readyz answers 200', () => (isServing(source.readiness()) ? 1 : 0));
  gauge('in_ring', '1 while the worker is a member of the ring', () => (source.isInRing() ? 1 : 0));
}
