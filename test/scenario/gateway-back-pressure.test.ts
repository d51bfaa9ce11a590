/** How much of a key's input a gateway holds, and what it does about more. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { emptyTable, type View, withChanges } from '../../cluster/index.ts';
import { createGatewayCore } from '../../gateway/core.ts';
import type { GatewayEffect, GatewayInput } from '../../gateway/core-types.ts';
import { gatewayLimits } from '../sim/limits.ts';

const worker = 'w-1@1';
const about = { user: 'alice', path: '/ws', query: '', subprotocol: '', address: '' };

function stage() {
  const core = createGatewayCore({ slotCount: 1, limits: gatewayLimits });
  const said: GatewayEffect[] = [];
  const take = (input: GatewayInput): void => {
    const made = core.step(input, 0);
    core.checkInvariants();
    said.push(...made);
  };
  const entry = { owner: worker, term: 1, copies: [worker], epoch: 1 };
  const view: View = {
    ...{ cluster: 'c', isFirstData: true, tableVersion: 1 },
    ...{ live: new Map(), ring: new Map(), gateways: new Map() },
    table: withChanges(emptyTable(1), new Map([[0, entry]])),
  };
  take({ kind: 'view', view });
  take({ kind: 'linked', peer: worker, connection: 1 });
  return {
    take,
    of: (kind: 'pause' | 'unpause' | 'close') =>
      said.flatMap((effect) => (effect.kind === kind ? [effect.session] : [])),
    open: (session: string) =>
      take({ kind: 'session.open', session, connection: 1, key: 'k', position: undefined, about }),
    leave: (session: string) => take({ kind: 'session.close', session, code: 1006, reason: '' }),
    say: (session: string, n: number) =>
      take({ kind: 'session.message', session, n, format: 'text', data: new Uint8Array(1) }),
    acked: (n: number) => {
      const message = { type: 'INPUT_ACK', slot: 0, binding: 1, n, failure: '' } as const;
      take({ kind: 'message', peer: worker, connection: 1, message });
    },
  };
}

describe('the back-pressure of a gateway', () => {
  it('counts what closed sessions of a key have sent, and lets nobody add to too much', () => {
    const { of, open, leave, say, acked } = stage();
    const full = gatewayLimits.heldPerSessionMax;
    for (const session of ['s1', 's2', 's3', 's4']) {
      open(session);
      for (let n = 1; n < full; n += 1) say(session, n);
      leave(session);
    }
    for (const session of ['t1', 't2']) open(session);
    for (const n of [1, 2, 3]) say('t1', n);
    expect(of('pause')).to.deep.equal([]);
    say('t2', 1);
    say('t1', 4);
    expect(of('pause')).to.deep.equal(['t2', 't1']);
    open('s9');
    expect(of('close')).to.deep.equal(['s9']);
    for (let n = 1; n <= 2 * full; n += 1) acked(n);
    expect(of('unpause')).to.deep.equal([]);
    acked(2 * full + 1);
    expect(of('unpause')).to.deep.equal(['t1', 't2']);
    open('s9');
    expect(of('close')).to.deep.equal(['s9']);
  });
});
