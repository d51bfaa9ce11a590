/**
 * The gateway's Prometheus metrics. Labels come from fixed sets only: no user, key, path, origin
 * or reason text, so that ten thousand hostile users make no new series.
 */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { isServing, type Readiness, reasonCodes } from '../base/index.ts';
import { closeCodeLabel } from './close-codes.ts';
import type { RefusalCode } from './refusals.ts';

export class GatewayMetrics {
  readonly registry = new Registry();
  readonly #registers = [this.registry];
  readonly #connections = this.#gauge('client_connections', 'Open client connections');
  readonly #handshakes = this.#counter('handshakes_total', 'Handshakes by outcome', 'outcome');
  readonly #closes = this.#counter('closes_total', 'Closed connections by close code', 'code');
  readonly #received = this.#counter('messages_received_total', 'Client messages', 'protocol');
  readonly #events = this.#counter('events_total', 'Events from the bus by outcome', 'outcome');
  readonly #refusals = this.#counter(
    'events_refused_total',
    'Events that their owner recorded as failed, by reason',
    'reason',
  );
  readonly #notes = this.#counter('notes_total', 'Transitions of the gateway core', 'event');
  readonly #pauses = this.#counter('pauses_total', 'Sockets whose reading was paused');
  readonly #links = this.#gauge('links', 'Workers with an open link');
  readonly #partitions = this.#gauge('partitions', 'Event partitions consumed here');
  readonly #inFlight = this.#gauge('events_in_flight', 'Events that no owner has acknowledged yet');
  readonly #oldest = this.#gauge('events_oldest_seconds', 'Age of the oldest of these events here');
  readonly #tableVersion = this.#gauge('table_version', 'Version of the ownership table in use');
  readonly #ready = this.#gauge('ready', '1 while /readyz answers 200');
  readonly #degraded = this.#gauge('degraded', '1 for each reason that holds', 'reason');
  readonly #attach = new Histogram({
    name: 'ringway_attach_seconds',
    help: 'From a verified token to an attached session',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: this.#registers,
  });

  connections(count: number): void {
    this.#connections.set(count);
  }

  refused(code: RefusalCode | 'aborted'): void {
    this.#handshakes.inc({ outcome: code });
  }

  opened(attachMs: number): void {
    this.#handshakes.inc({ outcome: 'open' });
    this.#attach.observe(attachMs / 1000);
  }

  closed(code: number): void {
    this.#closes.inc({ code: closeCodeLabel(code) });
  }

  received(protocol: string): void {
    this.#received.inc({ protocol });
  }

  paused(): void {
    this.#pauses.inc();
  }

  event(outcome: 'received' | 'acknowledged' | 'dead_lettered' | 'withdrawn'): void {
    this.#events.inc({ outcome });
  }

  /** `failure` begins with the reason; what handlers failed with is one reason. */
  refusedEvent(failure: string): void {
    const [reason = ''] = failure.split(':', 1);
    this.#refusals.inc({ reason: reason === 'stuck' || reason === 'deadline' ? reason : 'failed' });
  }

  /** `event` is one of the core's constant names. */
  noted(event: string): void {
    this.#notes.inc({ event });
  }

  readiness(readiness: Readiness): void {
    this.#ready.set(isServing(readiness) ? 1 : 0);
    for (const reason of reasonCodes) {
      const holds = readiness.reasons.some(({ code }) => code === reason);
      this.#degraded.set({ reason }, holds ? 1 : 0);
    }
  }

  shell(values: {
    readonly links: number;
    readonly partitions: number;
    readonly eventsInFlight: number;
    readonly oldestEventMs: number;
    readonly tableVersion: number;
  }): void {
    this.#links.set(values.links);
    this.#partitions.set(values.partitions);
    this.#inFlight.set(values.eventsInFlight);
    this.#oldest.set(values.oldestEventMs / 1000);
    this.#tableVersion.set(values.tableVersion);
  }

  #counter(name: string, help: string, label?: string): Counter {
    const labelNames = label === undefined ? [] : [label];
    return new Counter({ name: `ringway_${name}`, help, labelNames, registers: this.#registers });
  }

  #gauge(name: string, help: string, label?: string): Gauge {
    const labelNames = label === undefined ? [] : [label];
    return new Gauge({ name: `ringway_${name}`, help, labelNames, registers: this.#registers });
  }
}
