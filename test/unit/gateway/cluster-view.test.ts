/** What a gateway reads off a view: its partitions, and the report of the ring. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { silentLogger } from '../../../base/index.ts';
import { emptyTable, type Node, type View, withChanges } from '../../../cluster/index.ts';
import type { BusEvent, ConsumerListener } from '../../../events/index.ts';
import type { GatewayInput } from '../../../gateway/core-types.ts';
import { GatewayMetrics } from '../../../gateway/metrics.ts';
import { Partitions, partitionsFor } from '../../../gateway/partitions.ts';
import { placementOf, ringReport, whereReport } from '../../../gateway/ring-report.ts';
import { slotCount, slotOf } from '../../../ring/index.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

const node = (id: string): Node => ({ id, name: `${id}-0000000001`, boot: `${id}@1`, nonce: '' });

function viewWith(gateways: readonly string[], workers: readonly string[] = []): View {
  const byBoot = (ids: readonly string[]) => new Map(ids.map((id) => [`${id}@1`, node(id)]));
  return {
    ...{ cluster: 'c', isFirstData: false, tableVersion: 3, table: emptyTable(slotCount) },
    live: byBoot(workers),
    ring: new Map(workers.map((id) => [id, node(id)])),
    gateways: byBoot(gateways),
  };
}

describe('the partitions of a gateway', () => {
  const ids = ['g-1', 'g-2', 'g-3'];
  const of = (id: string, gateways: readonly string[]) => partitionsFor(id, viewWith(gateways), 64);

  it('cover all partitions once, whatever the number of gateways', () => {
    for (let count = 1; count <= ids.length; count += 1) {
      const some = ids.slice(0, count);
      const all = some.flatMap((id) => of(id, some));
      expect(all.sort((a, b) => a - b)).to.deep.equal(Array.from({ length: 64 }, (_, p) => p));
    }
  });

  it('move to a newcomer only, when one comes', () => {
    for (const id of ['g-1', 'g-2']) {
      const before = of(id, ['g-1', 'g-2']);
      expect(before).to.include.members([...of(id, ids)]);
    }
  });

  it('are none while the gateway is not listed', () => {
    expect(of('g-9', ids)).to.deep.equal([]);
  });
});

describe('the consumers of partitions', () => {
  const event: BusEvent = {
    ...{ key: 'user:a', id: 'e', type: 't', source: '/s', format: 'json' },
    data: Buffer.from('1'),
  };

  function stage() {
    const open = new Map<number, ConsumerListener>();
    const inputs: GatewayInput[] = [];
    const log: string[] = [];
    const partitions = new Partitions({
      ...{ prefetch: 5, logger: silentLogger, metrics: new GatewayMetrics() },
      clock: createFakeClock(),
      emit: (input) => inputs.push(input),
      bus: {
        partitions: 4,
        trouble: undefined,
        consume: (partition, prefetch, listener) => {
          expect(prefetch).to.equal(5);
          open.set(partition, listener);
          return { close: async () => void log.push(`closed ${partition}`) };
        },
        publishEvent: async () => undefined,
        publishOut: async () => undefined,
        subscribeOut: () => () => undefined,
        close: async () => undefined,
      },
    });
    const deliver = (partition: number) =>
      open.get(partition)?.onDelivery({
        ...{ partition, event, redelivered: false },
        ack: () => void log.push('ack'),
        deadLetter: (reason) => void log.push(`dead: ${reason}`),
      });
    return { partitions, open, inputs, log, deliver };
  }

  it('acknowledge what is done, and dead-letter what failed for good', () => {
    const { partitions, deliver, log } = stage();
    partitions.want([0]);
    deliver(0);
    deliver(0);
    partitions.done(1, '');
    partitions.done(2, 'threw');
    partitions.done(2, '');
    expect(log).to.deep.equal(['ack', 'dead: threw']);
    expect(partitions.inFlight).to.equal(0);
  });

  it('withdraw the events of a partition that is given up, and say nothing for them later', () => {
    const { partitions, deliver, inputs, log } = stage();
    partitions.want([0, 1]);
    deliver(0);
    deliver(1);
    partitions.want([1]);
    expect(inputs.at(-1)).to.deep.equal({ kind: 'events.withdrawn', partition: 0 });
    deliver(0);
    expect(inputs).to.have.lengthOf(3);
    partitions.done(1, '');
    partitions.done(2, '');
    expect(log).to.deep.equal(['closed 0', 'ack']);
  });

  it('consume again what the broker closed', () => {
    const { partitions, open, inputs, deliver } = stage();
    partitions.want([2]);
    const lost = open.get(2);
    lost?.onClosed();
    expect(inputs).to.deep.equal([{ kind: 'events.withdrawn', partition: 2 }]);
    expect(partitions.consumed).to.equal(0);
    partitions.renew();
    lost?.onClosed();
    expect(partitions.consumed).to.equal(1);
    deliver(2);
    expect(inputs).to.have.lengthOf(2);
  });
});

describe('the report of the ring', () => {
  it('counts owned, wanted and moving slots, and shows them as runs', () => {
    const view = viewWith(['g-1'], ['w-1', 'w-2']);
    const entry = { owner: 'w-1@1', term: 1, copies: ['w-1@1'], epoch: 1 };
    const half = Array.from({ length: slotCount / 2 }, (_, slot) => [slot, entry] as const);
    const owned: View = { ...view, table: withChanges(view.table, new Map(half)) };
    const placed = placementOf(owned);
    const report = ringReport(owned, placed);
    const [first, second] = report.workers;
    expect(first).to.include({ id: 'w-1', slots: slotCount / 2, share: 0.5, isDraining: false });
    expect((first?.target ?? 0) + (second?.target ?? 0)).to.equal(slotCount);
    expect(report.unowned).to.equal(slotCount / 2);
    expect(report.movesInFlight).to.equal(second?.movesIn);
    expect(report.owners).to.deep.equal([
      { from: 0, to: slotCount / 2, worker: 'w-1' },
      { from: slotCount / 2, to: slotCount, worker: '' },
    ]);
    const moving = report.moving.reduce((sum, { from, to }) => sum + to - from, 0);
    expect(moving).to.equal(report.movesInFlight);
    expect(whereReport(owned, placed, 'user:a')).to.include({ slot: slotOf('user:a') });
  });

  it('is there before any worker is', () => {
    const report = ringReport(viewWith([]), placementOf(viewWith([])));
    expect(report).to.deep.include({ workers: [], unowned: slotCount, movesInFlight: 0 });
  });
});
