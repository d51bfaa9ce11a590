/** What the fault simulator found in the cores, each as the shortest story that shows it. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { createGatewayCore } from '../../gateway/core.ts';
import type { GatewayEffect, GatewayInput } from '../../gateway/core-types.ts';
import type { WorkerInput } from '../../worker/core-types.ts';
import { gatewayLimits, workerLimits } from '../sim/limits.ts';
import { viewOf, workerOf } from '../support/one-core.ts';
import { bind, event, key, message, send, start } from '../support/slot-story.ts';

describe('a worker that evicts', () => {
  it('goes on proposing when its repeated eviction is refused, its nodes being gone already', () => {
    const { take } = workerOf('w-1@1', 1);
    const orphan = { owner: 'w-2@2', term: 1, copies: ['w-2@2', 'w-1@1'], epoch: 1 };
    take({ kind: 'view', view: viewOf(1, ['w-1@1', 'w-2@2'], [orphan]) });
    expect(take({ kind: 'gone', peer: 'w-2@2' }).map(({ kind }) => kind)).to.include('evict');
    take({ kind: 'table.answered', outcome: 'unknown' });
    expect(take({ kind: 'tick' }).map(({ kind }) => kind)).to.include('evict');
    take({ kind: 'table.answered', outcome: 'refused' });

    const said = [...take({ kind: 'view', view: viewOf(1, ['w-1@1'], [orphan]) })];
    for (let tick = 0; tick < 10; tick += 1) said.push(...take({ kind: 'tick' }));
    const claim = said.find((effect) => effect.kind === 'table');
    expect(claim?.kind === 'table' && claim.changes.get(0)?.owner).to.equal('w-1@1');
  });
});

describe('a copy whose stream has died', () => {
  it('stays while the change that lists it may be on its way (C10)', () => {
    const { core, take } = workerOf('w-2@2', 1);
    const live = ['w-1@1', 'w-2@2', 'w-3@3'];
    const entry = { owner: 'w-1@1', term: 1, copies: ['w-1@1', 'w-3@3'], epoch: 1 };
    take({ kind: 'view', view: viewOf(1, live, [entry]) });
    take({ kind: 'linked', peer: 'w-1@1', role: 'worker', connection: 1 });
    const hear = (message: Extract<WorkerInput, { kind: 'message' }>['message']) =>
      take({ kind: 'message', peer: 'w-1@1', connection: 1, message });
    const head = { slot: 0, term: 1, stream: 1, epoch: 1 } as const;
    hear({ type: 'PROBE', ...head });
    const image = { part: 0, isLast: true, length: 1, lastTerm: 1, keys: [], outbox: [] } as const;
    hear({ type: 'SNAPSHOT', ...head, ...image });
    expect(core.logOf(0)?.length).to.equal(1);

    take({ kind: 'unlinked', peer: 'w-1@1', connection: 1 });
    take({ kind: 'view', view: viewOf(2, live, [{ ...entry }]) });
    expect(core.logOf(0)?.length).to.equal(1);
    const higher = { owner: 'w-3@3', term: 2, copies: ['w-3@3', 'w-1@1'], epoch: 1 };
    take({ kind: 'view', view: viewOf(3, live, [higher]) });
    expect(core.logOf(0)).to.equal(undefined);
  });
});

describe('a confirmed outward message', () => {
  it('is struck off although the slot is looked at in between (O2)', () => {
    const { cluster, owner, replica } = start();
    bind(cluster, owner, 1);
    send(cluster, owner, 1, 1, message(1));
    expect(cluster.published).to.have.length(1);
    cluster.input(owner, { kind: 'linked', peer: replica, role: 'worker', connection: 1 });
    cluster.advance(2 * workerLimits.strikeAfterMs);
    expect(cluster.core(owner).logOf(0)?.outbox.size).to.equal(0);
    expect(cluster.core(replica).logOf(0)?.outbox.size).to.equal(0);
  });
});

describe('a key that is offline', () => {
  const retentionMs = 400;

  it('is kept while records come, and forgotten once they have stopped for long enough (B9)', () => {
    const { cluster, owner, replica } = start({ limits: { retentionMs } });
    bind(cluster, owner, 1, []);
    for (let n = 1; n <= 10; n += 1) {
      send(cluster, owner, 1, n, event(`e${n}`));
      cluster.advance(retentionMs / 4);
    }
    expect(cluster.core(owner).logOf(0)?.keys.get(key)?.nextOffset).to.equal(10);
    cluster.advance(2 * retentionMs);
    expect([...(cluster.core(owner).logOf(0)?.keys.keys() ?? [])]).to.deep.equal([]);
    expect([...(cluster.core(replica).logOf(0)?.keys.keys() ?? [])]).to.deep.equal([]);
  });
});

describe('a gateway without workers', () => {
  const about = { user: 'a', path: '/', query: '', subprotocol: '', address: '' };

  /** One session, attached at w-1, whose link then breaks. */
  function gatewayOf() {
    const core = createGatewayCore({ slotCount: 1, limits: gatewayLimits });
    const said: GatewayEffect[] = [];
    let nowMs = 0;
    const take = (input: GatewayInput): void => {
      nowMs += 1;
      said.push(...core.step(input, nowMs));
      core.checkInvariants();
    };
    const entry = { owner: 'w-1@1', term: 1, copies: ['w-1@1'], epoch: 1 };
    take({ kind: 'view', view: viewOf(1, ['w-1@1'], [entry]) });
    take({ kind: 'linked', peer: 'w-1@1', connection: 1 });
    const open = (connection: number): void =>
      take({ kind: 'session.open', session: 's', connection, key, position: undefined, about });
    open(1);
    const head = { type: 'ATTACHED', slot: 0, binding: 1, session: 's', connection: 1 } as const;
    const place = { epoch: 'c-1-0', next: 0, recovered: true, reason: '' };
    take({ kind: 'message', peer: 'w-1@1', connection: 1, message: { ...head, ...place } });
    return { core, take, said, open, wait: (ms: number) => (nowMs += ms) };
  }

  it('still tells the log, once there is a worker again, that the sessions are closed (B8)', () => {
    const { take, said, wait } = gatewayOf();
    take({ kind: 'unlinked', peer: 'w-1@1', connection: 1 });
    wait(gatewayLimits.orphanTimeoutMs);
    take({ kind: 'tick' });
    expect(said.some(({ kind }) => kind === 'close')).to.equal(true);
    said.length = 0;
    take({ kind: 'linked', peer: 'w-1@1', connection: 2 });
    const inputs = said.flatMap((effect) =>
      effect.kind === 'send' && effect.message.type === 'INPUT' ? [effect.message.input.kind] : [],
    );
    expect(inputs).to.include('close');
  });

  it('does not count what an earlier socket sent against the next one of its session', () => {
    const { core, take, said, open } = gatewayOf();
    const data = new Uint8Array(1);
    take({ kind: 'session.message', session: 's', n: 1, format: 'text', data });
    const inputs = said.flatMap((effect) =>
      effect.kind === 'send' && effect.message.type === 'INPUT' ? [effect.message] : [],
    );
    const sent = inputs.find(({ input }) => input.kind === 'message');
    open(2);
    const ack = { type: 'INPUT_ACK', slot: 0, binding: 1, n: sent?.n ?? 0, failure: '' } as const;
    take({ kind: 'message', peer: 'w-1@1', connection: 1, message: ack });
    expect(said.some(({ kind }) => kind === 'accepted')).to.equal(true);
    expect(core.state.sessions.get('s')?.heldCount).to.equal(0);
  });
});
