/**
 * The exchanges and queues of Ringway, declared the same by every process that publishes or
 * consumes; declaring what exists is harmless. Lengths of the event queues are left to policies
 * of the broker, which can change without deleting a queue.
 */
import { RingwayError } from '../base/index.ts';
import { type AmqpChannel, ChannelClosed } from './amqp-channel.ts';
import { amqpExchanges, eventQueueOf } from './amqp-message.ts';

export interface TopologyOptions {
  readonly partitions: number;
  /** `quorum` survives the loss of a minority of brokers, `classic` is lighter on a single one. */
  readonly queueType: 'quorum' | 'classic';
  /** Dead letters kept; the oldest give way. */
  readonly deadLettersMax: number;
  /** The same in bytes of their bodies. */
  readonly deadLetterBytesMax: number;
}

/** Keeps what was put on the exchange of dead letters, from any partition. */
export const deadLetterQueue = 'ringway.dead';

/**
 * Every end of a channel counts as a delivery to the broker, which then must not take a whole
 * prefetch for poison (4.0 does after 20): what is poison is Ringway's to say.
 */
const deliveryLimit = 1_000_000;

/** @throws RingwayError `bus.topology` when something exists with other arguments; `bus.denied` */
export async function declareTopology(
  channel: AmqpChannel,
  options: TopologyOptions,
): Promise<void> {
  await declareShared(channel, options);
  for (let partition = 0; partition < options.partitions; partition += 1) {
    await declareQueue(channel, partition, options);
  }
}

/** What one consumer needs, its queue last. @throws as `declareTopology` */
export async function declarePartition(
  channel: AmqpChannel,
  partition: number,
  options: TopologyOptions,
): Promise<void> {
  await declareShared(channel, options);
  await declareQueue(channel, partition, options);
}

async function declareShared(channel: AmqpChannel, options: TopologyOptions): Promise<void> {
  const { queueType, deadLettersMax, deadLetterBytesMax } = options;
  await declared(async () => {
    await channel.declareExchange(amqpExchanges.events, 'direct');
    await channel.declareExchange(amqpExchanges.out, 'topic');
    await channel.declareExchange(amqpExchanges.dead, 'topic');
    await channel.declareQueue({
      name: deadLetterQueue,
      durable: true,
      exclusive: false,
      arguments: {
        'x-queue-type': queueType,
        'x-max-length': deadLettersMax,
        'x-max-length-bytes': deadLetterBytesMax,
        'x-overflow': 'drop-head',
      },
    });
    await channel.bindQueue(deadLetterQueue, amqpExchanges.dead, '#');
  });
}

async function declareQueue(
  channel: AmqpChannel,
  partition: number,
  { queueType }: TopologyOptions,
): Promise<void> {
  const name = eventQueueOf(partition);
  await declared(async () => {
    await channel.declareQueue({
      name,
      durable: true,
      exclusive: false,
      arguments: {
        'x-queue-type': queueType,
        'x-single-active-consumer': true,
        'x-dead-letter-exchange': amqpExchanges.dead,
        // A classic queue does not know the argument, nor a limit.
        ...(queueType === 'quorum' ? { 'x-delivery-limit': deliveryLimit } : {}),
      },
    });
    await channel.bindQueue(name, amqpExchanges.events, String(partition));
  });
}

const preconditionFailed = 406;
const accessRefused = 403;

async function declared(declare: () => Promise<void>): Promise<void> {
  try {
    await declare();
  } catch (thrown) {
    throw thrown instanceof ChannelClosed ? meaningOf(thrown) : thrown;
  }
}

function meaningOf(closed: ChannelClosed): RingwayError {
  const { replyCode, message } = closed;
  if (replyCode === accessRefused) {
    const hint = 'the user needs the rights configure, write and read on ^ringway\\.';
    return new RingwayError('bus.denied', `${message}; ${hint}`, { cause: closed });
  }
  if (replyCode !== preconditionFailed) return closed;
  const [, argument = ''] = /inequivalent arg '([^']*)'/.exec(message) ?? [];
  const option = optionsByArgument.get(argument);
  const hint =
    option === undefined
      ? 'delete it when it is empty, and it is declared anew'
      : `set ${option} to what it was declared with, or delete the queue when it is empty`;
  return new RingwayError('bus.topology', `${message}; ${hint}`, { cause: closed });
}

const queueTypeOption = '--queue-type (RINGWAY_QUEUE_TYPE)';

const optionsByArgument: ReadonlyMap<string, string> = new Map([
  ['x-queue-type', queueTypeOption],
  ['x-delivery-limit', queueTypeOption],
  ['x-max-length', 'deadLettersMax'],
  ['x-max-length-bytes', 'deadLetterBytesMax'],
]);
