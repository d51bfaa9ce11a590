import { expect } from 'chai';
import { describe, it } from 'mocha';
import { emptyTable, type View } from '../../../cluster/index.ts';
import { type GatewaySituation, gatewayReasons } from '../../../gateway/reasons.ts';

function viewOf(...boots: string[]): View {
  const live = new Map(
    boots.map((boot) => [boot, { id: boot.slice(0, boot.indexOf('@')), name: boot, boot }]),
  );
  return {
    ...{ cluster: 'c', isFirstData: true, tableVersion: 1, table: emptyTable(8) },
    ...{ live, ring: new Map(), gateways: new Map() },
  };
}

const well: GatewaySituation = {
  contact: { session: 'connected', isRegistered: true, confirmedAtMs: 0, refusal: undefined },
  ...{ nowMs: 100, leaseMs: 4000, bus: { trouble: undefined } },
  ...{ view: viewOf('w-1@1', 'w-2@2'), linked: new Set(['w-1@1', 'w-2@2']) },
};

const codesOf = (changes: Partial<GatewaySituation>): readonly string[] =>
  gatewayReasons({ ...well, ...changes }).map(({ code }) => code);

describe('why a gateway is degraded', () => {
  const cases: readonly (readonly [string, Partial<GatewaySituation>, readonly string[]])[] = [
    ['nothing', {}, []],
    ['silence of ZooKeeper', { nowMs: 4001 }, ['coordinator.unavailable']],
    ['no contact to RabbitMQ', { bus: { trouble: 'bus.unavailable' } }, ['bus.unavailable']],
    ['a broker without memory', { bus: { trouble: 'bus.blocked' } }, ['bus.blocked']],
    ['no worker', { view: viewOf() }, ['workers.none']],
    ['a worker without a link', { linked: new Set(['w-2@2']) }, ['workers.unlinked']],
    ['a link to somebody else', { linked: new Set(['w-1@1', 'w-2@1']) }, ['workers.unlinked']],
    [
      'all at once',
      { nowMs: 9000, bus: { trouble: 'bus.closed' }, view: viewOf() },
      ['coordinator.unavailable', 'bus.closed', 'workers.none'],
    ],
  ];
  for (const [what, changes, codes] of cases) {
    it(what, () => {
      expect(codesOf(changes)).to.deep.equal(codes);
    });
  }

  it('names the workers that are not linked', () => {
    const [reason] = gatewayReasons({ ...well, linked: new Set(['w-1@1']) });
    expect(reason?.message).to.equal('1 of 2 live workers not linked: w-2@2');
  });
});
