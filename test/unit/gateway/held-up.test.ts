/** What a gateway says about partitions that do not get on, and about events that were refused. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { ConsumerListener } from '../../../events/index.ts';
import { GatewayMetrics } from '../../../gateway/metrics.ts';
import { Partitions } from '../../../gateway/partitions.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createRecordingLogger } from '../../support/recording-logger.ts';

const prefetch = 4;
const patienceMs = 15_000;

function stage() {
  const clock = createFakeClock();
  const logger = createRecordingLogger();
  const metrics = new GatewayMetrics();
  const open = new Map<number, ConsumerListener>();
  let ref = 0;
  const partitions = new Partitions({
    ...{ prefetch, clock, logger, metrics, emit: () => undefined },
    bus: {
      ...{ partitions: 4, trouble: undefined },
      consume: (partition, _, listener) => {
        open.set(partition, listener);
        return { close: async () => undefined };
      },
      publishEvent: async () => undefined,
      publishOut: async () => undefined,
      subscribeOut: () => () => undefined,
      close: async () => undefined,
    },
  });
  partitions.want([0, 1]);
  return {
    clock,
    metrics,
    partitions,
    /** @returns the event's number */
    deliver: (partition: number, key: string): number => {
      const data = Buffer.from('1');
      const event = { key, id: 'e', type: 't', source: '/s', format: 'json', data } as const;
      const ignore = (): void => undefined;
      const delivery = { partition, event, redelivered: false, ack: ignore, deadLetter: ignore };
      open.get(partition)?.onDelivery(delivery);
      ref += 1;
      return ref;
    },
    /** Time passes, with a look at its end. */
    wait: (ms: number) => {
      clock.advance(ms);
      partitions.look();
    },
    told: () => logger.of('partition.held_up'),
  };
}

describe('a partition that does not get on', () => {
  it('is told once, with the key that holds most of its window', () => {
    const { deliver, wait, told } = stage();
    for (const key of ['user:a', 'user:b', 'user:b']) deliver(0, key);
    wait(patienceMs);
    expect(told()).to.deep.equal([]); // there is room for others
    deliver(0, 'user:c');
    wait(1000);
    wait(1000);
    expect(told()).to.have.length(1);
    expect(told()[0]).to.include({
      ...{ level: 'warn', partition: 0, events: prefetch, oldestMs: patienceMs + 1000 },
      ...{ key: 'user:b', ofKey: 2 },
    });
  });

  it('is told again only after it got on', () => {
    const { deliver, wait, told, partitions } = stage();
    const first = deliver(0, 'user:a');
    for (let more = 1; more < prefetch; more += 1) deliver(0, 'user:b');
    wait(patienceMs);
    expect(told()).to.have.length(1);
    partitions.done(first, '');
    wait(1000);
    deliver(0, 'user:c');
    wait(1000);
    expect(told()).to.have.length(2);
  });

  it('is none whose window is full of what has just come', () => {
    const { deliver, wait, told, partitions } = stage();
    let refs = Array.from({ length: prefetch }, () => deliver(1, 'user:a'));
    for (let second = 0; second < 30; second += 1) {
      wait(1000);
      for (const ref of refs) partitions.done(ref, '');
      refs = refs.map(() => deliver(1, 'user:a'));
    }
    expect(told()).to.deep.equal([]);
  });

  it('shows the age of the oldest event', () => {
    const { deliver, clock, partitions } = stage();
    expect(partitions.oldestMs).to.equal(0);
    const first = deliver(0, 'user:a');
    clock.advance(500);
    deliver(1, 'user:b');
    clock.advance(200);
    expect(partitions.oldestMs).to.equal(700);
    partitions.done(first, '');
    expect(partitions.oldestMs).to.equal(200);
  });
});

describe('refused events', () => {
  it('are counted by reasons from a fixed set', async () => {
    const { deliver, metrics, partitions } = stage();
    const failures = ['stuck: for 3 s', 'deadline', 'handler.failed: threw', 'x', ''];
    for (const failure of failures) partitions.done(deliver(0, 'user:a'), failure);
    const text = await metrics.registry.getSingleMetricAsString('ringway_events_refused_total');
    const samples = text.split('\n').filter((line) => !line.startsWith('#'));
    expect(samples).to.have.members([
      'ringway_events_refused_total{reason="stuck"} 1',
      'ringway_events_refused_total{reason="deadline"} 1',
      'ringway_events_refused_total{reason="failed"} 2',
    ]);
  });
});
