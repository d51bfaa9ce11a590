/**
 * What happens to many sockets over time, with one timer for all: heartbeats and token expiry
 * (`Sweep`), and closing them evenly over a drain (`closeSpread`).
 */
import type { Cancel, Clock } from '../base/index.ts';
import type { ClientSocket } from './client-socket.ts';
import { closeCodes } from './close-codes.ts';

const sweepIntervalMs = 1_000;
const drainStepMs = 50;

/** Looks at every socket once a second; each has its heartbeat in its own second of the interval. */
export class Sweep {
  readonly #clock: Clock;
  readonly #turns: number;
  #turn = 0;
  #stop: Cancel = () => undefined;

  constructor(clock: Clock, heartbeatIntervalMs: number) {
    this.#clock = clock;
    this.#turns = Math.max(1, Math.round(heartbeatIntervalMs / sweepIntervalMs));
  }

  start(sockets: Iterable<ClientSocket>): void {
    this.#stop = this.#clock.every(sweepIntervalMs, () => this.#sweep(sockets));
  }

  stop(): void {
    this.#stop();
  }

  #sweep(sockets: Iterable<ClientSocket>): void {
    const wallMs = this.#clock.wallMs();
    this.#turn = (this.#turn + 1) % this.#turns;
    for (const client of sockets) {
      const { expiresAtMs } = client.identity;
      if (expiresAtMs !== undefined && wallMs >= expiresAtMs) {
        client.close(closeCodes.tokenExpired);
      } else if (client.number % this.#turns === this.#turn) {
        client.beat();
      }
    }
  }
}

/**
 * Tells every client when to go (`goaway`), then closes those that are still there, evenly over
 * `windowMs`, with 1012. Resolves when the last one has been told to close.
 */
export async function closeSpread(
  clients: readonly ClientSocket[],
  windowMs: number,
  clock: Clock,
): Promise<void> {
  clients.forEach((client, index) => {
    const goaway = client.protocol.goaway(Math.round((windowMs * index) / clients.length));
    if (goaway !== undefined) client.write(goaway);
  });
  const startMs = clock.nowMs();
  let closed = 0;
  await until(clock, drainStepMs, () => {
    const share = windowMs === 0 ? 1 : Math.min(1, (clock.nowMs() - startMs) / windowMs);
    const due = Math.ceil(clients.length * share);
    for (; closed < due; closed += 1) clients[closed]?.close(closeCodes.serviceRestart);
    return clients.every((client) => !client.isOpen);
  });
}

/** Resolves when `isDone` says so; asks at once and then every `periodMs`. */
function until(clock: Clock, periodMs: number, isDone: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    if (isDone()) return resolve();
    const cancel = clock.every(periodMs, () => {
      if (!isDone()) return;
      cancel();
      resolve();
    });
  });
}
