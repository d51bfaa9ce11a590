/**
 * A look at the broker before anything is sent: are the event queues there, and are there as many
 * as `partitions` says? The producer declares nothing (that is the cluster's business, and a
 * backend's user may lack the right), and with a wrong number events of one key would go through
 * several queues and overtake each other.
 *
 * Asking for a queue that is not there costs the channel, so each question has its own.
 */
import type { Clock } from '../base/index.ts';
import { type AmqpConnection, ChannelClosed, eventQueueOf } from '../events/index.ts';
import { ProducerError } from './errors.ts';

/** Opens the channels that the questions cost. */
export type ChannelSource = Pick<AmqpConnection, 'openChannel'>;

interface LookOptions {
  readonly partitions: number;
  readonly clock: Clock;
  /** Queues are made one after the other: before fewer are believed, a second look, this much later. */
  readonly settleMs: number;
}

const partitionsMax = 1024;

/**
 * Says nothing when all is well, or when this user may not look.
 * @throws ProducerError `producer.no_topology`, `producer.partitions`
 */
export async function checkTopology(source: ChannelSource, options: LookOptions): Promise<void> {
  try {
    await look(source, options);
  } catch (thrown) {
    if (!hasReplyCode(thrown, 403)) throw thrown;
  }
}

async function look(
  source: ChannelSource,
  { partitions, clock, settleMs }: LookOptions,
): Promise<void> {
  const hasQueue = (partition: number): Promise<boolean> => exists(source, partition);
  const isRight = async (): Promise<boolean> =>
    (await hasQueue(partitions - 1)) && !(await hasQueue(partitions));
  if (await isRight()) return;
  const before = await countOf(hasQueue);
  await new Promise<void>((resolve) => clock.after(settleMs, resolve));
  if (await isRight()) return;
  const count = await countOf(hasQueue);
  if (count === 0) {
    const message =
      `the broker has no queue ${eventQueueOf(0)}: no gateway or worker of the cluster ` +
      'has ever been connected to it (is the virtual host of the address the right one?)';
    throw new ProducerError('producer.no_topology', message);
  }
  if (count < partitions && count > before) {
    const message = `the broker has ${count} of ${partitions} event queues so far`;
    throw new ProducerError('producer.no_topology', message);
  }
  const message = `partitions is ${partitions}, but the broker has ${count} queues ${eventQueueOf('<n>')}`;
  throw new ProducerError('producer.partitions', message);
}

/** By doubling and bisection: at most 21 questions. */
async function countOf(hasQueue: (partition: number) => Promise<boolean>): Promise<number> {
  if (!(await hasQueue(0))) return 0;
  let low = 0;
  let high = 1;
  while (high < partitionsMax && (await hasQueue(high))) {
    low = high;
    high *= 2;
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (await hasQueue(middle)) low = middle;
    else high = middle;
  }
  return high;
}

async function exists(source: ChannelSource, partition: number): Promise<boolean> {
  const channel = await source.openChannel('plain', { onClosed: () => undefined });
  try {
    await channel.checkQueue(eventQueueOf(partition));
    return true;
  } catch (thrown) {
    if (hasReplyCode(thrown, 404)) return false;
    throw thrown;
  } finally {
    await channel.close();
  }
}

function hasReplyCode(thrown: unknown, replyCode: number): boolean {
  return thrown instanceof ChannelClosed && thrown.replyCode === replyCode;
}
