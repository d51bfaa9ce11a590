/** The look at the queues, on a broker that has some of them. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { RingwayError } from '../../../base/index.ts';
import { ChannelClosed } from '../../../events/index.ts';
import { type ChannelSource, checkTopology } from '../../../producer/topology.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

interface Broker extends ChannelSource {
  queues: number;
  /** Channels opened and not closed. */
  open: number;
}

function broker(queues: number, replyCode = 404): Broker {
  const self: Broker = {
    queues,
    open: 0,
    async openChannel() {
      self.open += 1;
      const channel = {
        async checkQueue(name: string): Promise<void> {
          const partition = Number(/^ringway\.events\.(\d+)$/.exec(name)?.[1]);
          if (!(partition < self.queues)) throw new ChannelClosed('no queue', replyCode);
        },
        async close(): Promise<void> {
          self.open -= 1;
        },
      };
      return channel as never;
    },
  };
  return self;
}

async function lookAt(source: Broker, partitions: number, later = source.queues): Promise<string> {
  const clock = createFakeClock();
  const looked = checkTopology(source, { partitions, clock, settleMs: 1000 }).then(
    () => 'right',
    (error: RingwayError) => `${error.code}: ${error.message}`,
  );
  await clock.run(999);
  source.queues = later;
  await clock.run(1);
  expect(source.open).to.equal(0);
  expect(clock.timers).to.equal(0);
  return looked;
}

describe('the look at the topology', () => {
  it('says nothing when there are as many queues as partitions', async () => {
    for (const partitions of [1, 4, 16, 1024]) {
      expect(await lookAt(broker(partitions), partitions)).to.equal('right');
    }
  });

  it('names both numbers when there are fewer or more', async () => {
    for (const [queues, partitions] of [
      [1, 16],
      [4, 16],
      [15, 16],
      [17, 16],
      [24, 16],
      [1000, 16],
    ] as const) {
      expect(await lookAt(broker(queues), partitions)).to.equal(
        `producer.partitions: partitions is ${partitions}, ` +
          `but the broker has ${queues} queues ringway.events.<n>`,
      );
    }
  });

  it('says that there are none', async () => {
    expect(await lookAt(broker(0), 16)).to.match(/^producer\.no_topology: .*ringway\.events\.0/);
  });

  it('waits while they are being made', async () => {
    expect(await lookAt(broker(3), 16, 16)).to.equal('right');
    expect(await lookAt(broker(3), 16, 9)).to.equal(
      'producer.no_topology: the broker has 9 of 16 event queues so far',
    );
  });

  it('says nothing when looking is not allowed', async () => {
    expect(await lookAt(broker(0, 403), 16)).to.equal('right');
  });

  it('passes on the loss of the connection', async () => {
    const lost = new RingwayError('bus.unavailable', 'lost', { retryable: true });
    const source: ChannelSource = { openChannel: () => Promise.reject(lost) };
    const options = { partitions: 4, clock: createFakeClock(), settleMs: 1 };
    const outcome = await checkTopology(source, options).catch((error: unknown) => error);
    expect(outcome).to.equal(lost);
  });
});
