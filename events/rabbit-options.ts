/** Options of the bus on RabbitMQ: meaning, unit, default and check in one place. */
import { ConfigError } from '../base/index.ts';
import { type AmqpContextOptions, urlsOptionDefault } from './amqp-options.ts';
import { eventBytesMaxDefault } from './envelope.ts';

export interface RabbitOptions extends AmqpContextOptions {
  /** `amqp://user:password@host:port/vhost`, brokers of one cluster, tried in turn. Secret. */
  readonly urls: readonly string[];
  /** Event queues; the same in every process and for ever (`/ringway/config` holds it). */
  readonly partitions: number;
  /**
   * Default `quorum`: confirmed means stored by a majority of the brokers. `classic`: durable on
   * one broker. It cannot be changed for queues that exist.
   */
  readonly queueType?: 'quorum' | 'classic';
  /** Longest data of an event, in bytes; longer ones are put aside. Default 262144. */
  readonly eventBytesMax?: number;
  /** Dead letters that RabbitMQ keeps; the oldest give way. Default 10000. */
  readonly deadLettersMax?: number;
  /** The same in bytes of their bodies. Default 256 MiB. */
  readonly deadLetterBytesMax?: number;
  /** Outward messages that wait for a `subscribeOut` of this process. Default 10000. */
  readonly outBacklogMax?: number;
  /** Longest `close`, in ms: what is not confirmed by then is not known to be stored. Default 2000. */
  readonly closeTimeoutMs?: number;
  /** Where `urls` come from, for messages. Default `--rabbitmq (RINGWAY_RABBITMQ)`. */
  readonly urlsOption?: string;
}

export interface RabbitSettings {
  readonly partitions: number;
  readonly queueType: 'quorum' | 'classic';
  readonly eventBytesMax: number;
  readonly deadLettersMax: number;
  readonly deadLetterBytesMax: number;
  readonly outBacklogMax: number;
  readonly closeTimeoutMs: number;
  readonly urlsOption: string;
}

/** @throws ConfigError naming every bad value at once */
export function rabbitSettings(options: RabbitOptions): RabbitSettings {
  const settings: RabbitSettings = {
    partitions: options.partitions,
    queueType: options.queueType ?? 'quorum',
    eventBytesMax: options.eventBytesMax ?? eventBytesMaxDefault,
    deadLettersMax: options.deadLettersMax ?? 10_000,
    deadLetterBytesMax: options.deadLetterBytesMax ?? 256 * 1024 * 1024,
    outBacklogMax: options.outBacklogMax ?? 10_000,
    closeTimeoutMs: options.closeTimeoutMs ?? 2000,
    urlsOption: options.urlsOption ?? urlsOptionDefault,
  };
  const problems: string[] = [];
  for (const [name, value] of Object.entries(settings)) {
    if (typeof value === 'number' && (!Number.isSafeInteger(value) || value < 1)) {
      problems.push(`${name} is ${value}, not a positive integer`);
    }
  }
  if (settings.queueType !== 'quorum' && settings.queueType !== 'classic') {
    problems.push(`queueType is ${JSON.stringify(settings.queueType)}, not quorum or classic`);
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return settings;
}
