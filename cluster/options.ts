/** Options of membership: what they mean, their defaults, and what they must satisfy together. */
import { ConfigError } from '../base/index.ts';

export interface ClusterOptions {
  /**
   * A process without contact to ZooKeeper for this long is taken for dead. Default 6000.
   * Smaller: silent hosts are noticed sooner, pauses kill sooner. Larger: the other way round.
   */
  readonly sessionTimeoutMs: number;
  /** How long one confirmation lets a process act. Default two thirds of the session timeout. */
  readonly leaseMs: number;
  /**
   * How long slots without a living copy stay so before a loss is declared. Default 9000.
   * Smaller: service comes back sooner. Larger: more copies come back instead.
   */
  readonly holdOffMs: number;
  /** How often the lease is renewed. Default 1000. Smaller costs the leader more operations. */
  readonly renewIntervalMs: number;
  /** A call without an answer for this long has failed. Default 1000. */
  readonly callDeadlineMs: number;
  /** How much later than mine another one's confirmation may be (rule L5). Default 2000. */
  readonly slackMs: number;
  /** How recent a peer's `PONG` must be to act past the lease (rule L5). Default 1500. */
  readonly pingWindowMs: number;
  /** How often deadlines are looked at. Default 50. */
  readonly tickIntervalMs: number;
}

export const clusterDefaults = {
  sessionTimeoutMs: 6000,
  holdOffMs: 9000,
  renewIntervalMs: 1000,
  callDeadlineMs: 1000,
  slackMs: 2000,
  pingWindowMs: 1500,
  tickIntervalMs: 50,
} as const;

/** Completes `given` with the defaults.
 * @throws ConfigError with all problems at once: a value out of range, or against rule L5. */
export function parseClusterOptions(given: Partial<ClusterOptions> = {}): ClusterOptions {
  const stated = { ...clusterDefaults, ...given };
  const options = { leaseMs: Math.floor((stated.sessionTimeoutMs * 2) / 3), ...stated };
  const problems = [...rangeProblems(options), ...relationProblems(options)];
  if (problems.length > 0) throw new ConfigError(problems);
  return options;
}

const longestMs = 24 * 3600 * 1000;

function rangeProblems(options: ClusterOptions): string[] {
  return Object.entries(options)
    .filter(([, value]) => !Number.isInteger(value) || value < 1 || value > longestMs)
    .map(([name, value]) => `${name} is ${value}, not a whole number from 1 to ${longestMs}`);
}

function relationProblems(options: ClusterOptions): string[] {
  const { sessionTimeoutMs, leaseMs, holdOffMs, renewIntervalMs, slackMs } = options;
  const slackMinMs = renewIntervalMs + options.callDeadlineMs;
  const problems: string[] = [];
  if (leaseMs >= sessionTimeoutMs) {
    problems.push(`leaseMs ${leaseMs} must be below sessionTimeoutMs ${sessionTimeoutMs}`);
  }
  if (holdOffMs <= sessionTimeoutMs) {
    problems.push(`holdOffMs ${holdOffMs} must exceed sessionTimeoutMs ${sessionTimeoutMs}`);
  }
  if (slackMs < slackMinMs) {
    problems.push(
      `slackMs ${slackMs} must be at least renewIntervalMs + callDeadlineMs ${slackMinMs}`,
    );
  }
  if (slackMs >= leaseMs - renewIntervalMs) {
    problems.push(
      `slackMs ${slackMs} must be below leaseMs - renewIntervalMs ${leaseMs - renewIntervalMs}`,
    );
  }
  if (options.pingWindowMs >= holdOffMs) {
    problems.push(`pingWindowMs ${options.pingWindowMs} must be below holdOffMs ${holdOffMs}`);
  }
  return problems;
}
