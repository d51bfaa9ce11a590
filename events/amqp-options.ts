/**
 * Limits and times of a connection to RabbitMQ, and where it is. An address holds a password:
 * it is parsed here once, and what may be printed of it is its `label`.
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

export interface AmqpLimits {
  /**
   * From the first byte to the logged-in connection, in ms; a broker that takes longer has failed
   * and the next address is tried. Default 5000.
   */
  readonly connectTimeoutMs: number;
  /**
   * Answer to a channel opened, closed or a queue declared, in ms. A broker that takes longer is
   * taken for frozen and its connection is dropped. Default 5000.
   */
  readonly operationTimeoutMs: number;
  /**
   * Heartbeat asked of the broker, in seconds; a silent peer is noticed after two to three of them,
   * on both ends. Larger notices later, below 5 busy processes are taken for dead. Default 5.
   */
  readonly heartbeatSeconds: number;
  /** Ceiling of the first wait before another attempt, in ms; doubles with each further one. Default 100. */
  readonly backOffMinMs: number;
  /** Highest ceiling, in ms; each wait is drawn between 0 and its ceiling. Default 3000. */
  readonly backOffMaxMs: number;
  /** Messages under way without a confirm; more are refused with `bus.full`. Default 500. */
  readonly confirmWindowMax: number;
  /**
   * A message that the broker has not confirmed by then, in ms, fails its channel, and with it all
   * that are under way. Time spent blocked does not count. Default 30000.
   */
  readonly confirmTimeoutMs: number;
}

export const amqpLimitsDefault: AmqpLimits = Object.freeze({
  connectTimeoutMs: 5000,
  operationTimeoutMs: 5000,
  heartbeatSeconds: 5,
  backOffMinMs: 100,
  backOffMaxMs: 3000,
  confirmWindowMax: 500,
  confirmTimeoutMs: 30_000,
});

/** What every part of the adapter runs on. */
export interface AmqpContext {
  readonly limits: AmqpLimits;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

export type AmqpContextOptions = Partial<AmqpLimits & Omit<AmqpContext, 'limits'>>;

/** @throws ConfigError naming every limit that is not a positive integer */
export function amqpContext(options: AmqpContextOptions): AmqpContext {
  const names = Object.keys(amqpLimitsDefault) as readonly (keyof AmqpLimits)[];
  const chosen = names.map((name) => [name, options[name] ?? amqpLimitsDefault[name]] as const);
  const problems = chosen
    .filter(([, value]) => !Number.isSafeInteger(value) || value < 1)
    .map(([name, value]) => `${name} is ${value}, not a positive integer`);
  if (problems.length > 0) throw new ConfigError(problems);
  return {
    limits: { ...amqpLimitsDefault, ...Object.fromEntries(chosen) },
    clock: options.clock ?? systemClock,
    random: options.random ?? systemRandom,
    logger: options.logger ?? silentLogger,
  };
}

export interface AmqpAddress {
  /** With the password: never to be printed. */
  readonly url: string;
  /** `amqp://host:5672/vhost`, without user and password. */
  readonly label: string;
  readonly user: string;
  /** Where it was given, for messages. */
  readonly option: string;
}

/** Where addresses come from, unless said otherwise. */
export const urlsOptionDefault = '--rabbitmq (RINGWAY_RABBITMQ)';

/** `option` names where the addresses came from, for messages.
 * @throws ConfigError naming each bad address by its place, because it may hold a password */
export function parseAmqpUrls(urls: readonly string[], option: string): readonly AmqpAddress[] {
  if (urls.length === 0) throw new ConfigError([`${option} names no broker`]);
  const addresses = urls.map((url) => parseUrl(url, option));
  const problems = addresses.flatMap((address, i) =>
    address === undefined
      ? [
          `${option}: address ${i + 1} of ${urls.length} is not amqp://[user:password@]host[:port][/vhost]`,
        ]
      : [],
  );
  if (problems.length > 0) throw new ConfigError(problems);
  return addresses.filter((address) => address !== undefined);
}

const portsByProtocol = { 'amqp:': '5672', 'amqps:': '5671' } as const;

function parseUrl(text: string, option: string): AmqpAddress | undefined {
  // An error of `new URL` would carry the whole text.
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const { protocol, hostname, pathname } = url;
  if (protocol !== 'amqp:' && protocol !== 'amqps:') return undefined;
  if (hostname === '' || url.hash !== '' || pathname.indexOf('/', 1) !== -1) return undefined;
  const port = url.port === '' ? portsByProtocol[protocol] : url.port;
  try {
    return {
      url: text,
      label: `${protocol}//${hostname}:${port}/${decodeURIComponent(pathname.slice(1))}`,
      user: url.username === '' ? 'guest' : decodeURIComponent(url.username),
      option,
    };
  } catch {
    return undefined;
  }
}
