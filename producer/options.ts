/**
 * What a producer may be told: meaning, unit, default and range of each option. Bad values are
 * refused, all at once; nothing is coerced.
 */
import {
  type Clock,
  ConfigError,
  type Logger,
  type Random,
  silentLogger,
  systemClock,
  systemRandom,
} from '../base/index.ts';
import {
  type AmqpLimits,
  amqpSourceDefault,
  eventBytesMaxDefault,
  parseAmqpUrls,
} from '../events/index.ts';

/** Of the connection below; the others follow from the producer's own. */
type ConnectionLimits = Omit<AmqpLimits, 'confirmWindowMax' | 'confirmTimeoutMs'>;

export interface ProducerOptions extends Partial<ProducerLimits>, Partial<ConnectionLimits> {
  /** `amqp://user:password@host:5672/vhost`, or `amqps://…`. */
  readonly url?: string;
  /** Instead of `url`: several nodes of one broker, tried in turn. */
  readonly urls?: readonly string[];
  /**
   * Event queues of the cluster: must be what its gateways and workers were started with.
   * Default 16. A wrong number is noticed when the connection is made (`producer.partitions`).
   */
  readonly partitions?: number;
  /**
   * `source` of the events that name none: who says so, such as `/shop`. Source and id together
   * tell repeats. Default `/amqp`.
   */
  readonly source?: string;
  readonly logger?: Logger;
  /** Time, for tests. */
  readonly clock?: Clock;
  /** Chance, for tests. */
  readonly random?: Random;
}

export interface ProducerLimits {
  /**
   * From the call of `publish` to its answer; reconnecting and trying again happen within it.
   * Default 30000. Smaller: a short outage of the broker is told to the caller.
   */
  readonly publishTimeoutMs: number;
  /** Longest wait of `close` for outstanding confirms. Default 10000. */
  readonly closeTimeoutMs: number;
  /** Events sent and not yet confirmed. Default 500. Larger: more throughput over a slow network. */
  readonly unconfirmedMax: number;
  /** Events that have no answer yet, sent or waiting; more are refused. Default 10000. */
  readonly pendingEventsMax: number;
  /** Bytes of their data; more are refused. Default 64 MiB. */
  readonly pendingBytesMax: number;
  /** Longest `data` of an event, in bytes. Default 256 KiB; must not exceed the cluster's. */
  readonly eventBytesMax: number;
  /** How often the broker may refuse (nack) an event before `publish` rejects. Default 5. */
  readonly nacksMax: number;
  /** Longest wait before what the broker refused is sent again; the first is 1/16. Default 1600. */
  readonly nackDelayMs: number;
}

/** Options, complete and checked. */
export interface ProducerSettings extends ProducerLimits {
  readonly urls: readonly string[];
  readonly partitions: number;
  readonly source: string;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: Random;
  /** Those that were given; the connection has defaults and checks of its own. */
  readonly connection: Partial<ConnectionLimits>;
}

export const producerDefaults: ProducerLimits = {
  publishTimeoutMs: 30_000,
  closeTimeoutMs: 10_000,
  unconfirmedMax: 500,
  pendingEventsMax: 10_000,
  pendingBytesMax: 64 * 1024 * 1024,
  eventBytesMax: eventBytesMaxDefault,
  nacksMax: 5,
  nackDelayMs: 1600,
};

type Range = readonly [min: number, max: number];

const ranges: Readonly<Record<keyof ProducerLimits, Range>> = {
  publishTimeoutMs: [1, 3_600_000],
  closeTimeoutMs: [0, 3_600_000],
  unconfirmedMax: [1, 10_000],
  pendingEventsMax: [1, 1_000_000],
  pendingBytesMax: [1, 2 ** 34],
  eventBytesMax: [1, 16 * 1024 * 1024],
  nacksMax: [1, 1000],
  nackDelayMs: [1, 60_000],
};

/** @throws ConfigError with every mistake at once; passwords are not repeated. */
export function parseProducerOptions(options: ProducerOptions): ProducerSettings {
  const { partitions = 16, source = amqpSourceDefault } = options;
  const problems: string[] = [];
  const urls = urlsOf(options, problems);
  checkInteger('partitions', partitions, [1, 1024], problems);
  if (typeof source !== 'string' || source === '') problems.push('source must be a text');
  const limits = { ...producerDefaults };
  for (const name of Object.keys(ranges) as (keyof ProducerLimits)[]) {
    limits[name] = options[name] ?? producerDefaults[name];
    checkInteger(name, limits[name], ranges[name], problems);
  }
  if (problems.length > 0) throw new ConfigError(problems);
  const { logger = silentLogger, clock = systemClock, random = systemRandom } = options;
  const connection = connectionOf(options);
  return { ...limits, urls, partitions, source, logger, clock, random, connection };
}

function connectionOf(options: ProducerOptions): Partial<ConnectionLimits> {
  const names = [
    'connectTimeoutMs',
    'operationTimeoutMs',
    'heartbeatSeconds',
    'backOffMinMs',
    'backOffMaxMs',
  ] as const;
  const given = names.filter((name) => options[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, options[name]]));
}

function urlsOf({ url, urls }: ProducerOptions, problems: string[]): readonly string[] {
  const all = urls ?? (url === undefined ? [] : [url]);
  if (url !== undefined && urls !== undefined) problems.push('give url or urls, not both');
  else if (all.length === 0) problems.push('url is missing: amqp://user:password@host:5672/vhost');
  else problems.push(...urlProblems(all));
  return all;
}

function urlProblems(urls: readonly string[]): readonly string[] {
  try {
    parseAmqpUrls(urls, 'url');
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

function checkInteger(name: string, value: unknown, [min, max]: Range, problems: string[]): void {
  if (Number.isInteger(value) && Number(value) >= min && Number(value) <= max) return;
  problems.push(`${name} is ${String(value)} but must be a whole number from ${min} to ${max}`);
}
