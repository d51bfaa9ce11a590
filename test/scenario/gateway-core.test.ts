/** The gateway core's rules, as stories: it talks to workers that a test plays by hand. */
import { expect } from 'chai';
import { beforeEach, describe, it } from 'mocha';
import { type Entry, emptyTable, type View, withChanges } from '../../cluster/index.ts';
import { createGatewayCore, type GatewayCore } from '../../gateway/core.ts';
import type { GatewayEffect, GatewayInput } from '../../gateway/core-types.ts';
import type { GatewayToWorker, WorkerToGateway } from '../../link/index.ts';
import { gatewayLimits } from '../sim/limits.ts';

const key = 'user:alice';
const about = { user: 'alice', path: '/ws', query: '', subprotocol: '', address: '' };

let core: GatewayCore;
let nowMs: number;
let said: GatewayEffect[];

function take(input: GatewayInput): void {
  const effects = core.step(input, nowMs);
  core.checkInvariants();
  said.push(...effects);
}

function view(entry: Partial<Entry>, changes: Partial<View> = {}): void {
  const full = { owner: 'w-1@1', term: 1, copies: ['w-1@1'], epoch: 1, ...entry };
  const table = withChanges(emptyTable(1), new Map([[0, full]]));
  const none = new Map();
  const members = { live: none, ring: none, gateways: none };
  const head = { cluster: 'c', isFirstData: true, tableVersion: full.term };
  take({ kind: 'view', view: { ...head, ...members, table, ...changes } });
}

function link(peer: string, connection = 1): void {
  take({ kind: 'linked', peer, connection });
}

/** Later, and ZooKeeper has just answered. */
function wait(ms: number): void {
  nowMs += ms;
  take({ kind: 'confirmed', sentAtMs: nowMs });
  take({ kind: 'tick' });
}

const liveWorkers = (...boots: string[]): View['live'] =>
  new Map(boots.map((boot) => [boot, { id: boot.slice(0, 3), boot, name: boot }]));

function hear(message: WorkerToGateway, peer = 'w-1@1', connection = 1): void {
  take({ kind: 'message', peer, connection, message });
}

function open(session = 's1'): void {
  take({ kind: 'session.open', session, connection: 1, key, position: undefined, about });
}

function event(ref: number): void {
  const data = new Uint8Array(1);
  const head = { id: `e${ref}`, key, type: 't', source: 's', format: 'json', data } as const;
  take({ kind: 'event', ref, partition: ref % 2, event: head });
}

function sent<T extends GatewayToWorker['type']>(
  type: T,
): (Extract<GatewayToWorker, { type: T }> & { to: string })[] {
  return said.flatMap((effect) =>
    effect.kind === 'send' && effect.message.type === type
      ? [{ ...(effect.message as Extract<GatewayToWorker, { type: T }>), to: effect.peer }]
      : [],
  );
}

function effects<K extends GatewayEffect['kind']>(kind: K): Extract<GatewayEffect, { kind: K }>[] {
  return said.flatMap((effect) =>
    effect.kind === kind ? [effect as Extract<GatewayEffect, { kind: K }>] : [],
  );
}

function attach(binding: number, session = 's1', changes = {}): void {
  const head = { type: 'ATTACHED', slot: 0, binding, session, connection: 1 } as const;
  hear({ ...head, epoch: 'c-1-0', next: 5, recovered: true, reason: '', ...changes });
}

function frame(binding: number, from: number, offset: number): void {
  const push = { id: `e${offset}`, type: 't', format: 'json', data: new Uint8Array(1) } as const;
  const replies = [{ session: 's2', format: 'text', data: new Uint8Array(1) }] as const;
  const head = { type: 'FRAME', slot: 0, binding, key, epoch: 'c-1-0' } as const;
  hear({ ...head, from, offset, pushes: [push], replies });
}

beforeEach(() => {
  core = createGatewayCore({ slotCount: 1, limits: gatewayLimits });
  nowMs = 1000;
  said = [];
});

describe('binding (B1, B2)', () => {
  it('binds when table and link are there, lists the sessions, then sends what it holds', () => {
    open();
    event(1);
    view({});
    expect(sent('BIND')).to.have.length(0);
    link('w-1@1');
    expect(sent('BIND').map(({ sessions }) => sessions.length)).to.deep.equal([1]);
    expect(sent('INPUT').map(({ n }) => n)).to.deep.equal([1]);
    event(2);
    expect(sent('INPUT').map(({ n }) => n)).to.deep.equal([1, 2]);
  });

  it('sends what is unacknowledged again to a new owner, in order, from 1', () => {
    view({});
    link('w-1@1');
    link('w-2@2');
    for (const ref of [1, 2, 3]) event(ref);
    hear({ type: 'INPUT_ACK', slot: 0, binding: 1, n: 2, failure: '' });
    expect(effects('event.done').map(({ ref }) => ref)).to.deep.equal([2]);
    view({ owner: 'w-2@2', term: 2 });
    const again = sent('INPUT').filter(({ to }) => to === 'w-2@2');
    expect(again.map(({ n, input }) => [n, input.kind === 'event' && input.id])).to.deep.equal([
      [1, 'e1'],
      [2, 'e3'],
    ]);
  });

  it('takes acknowledgements of the present binding only', () => {
    view({});
    link('w-1@1');
    event(1);
    hear({ type: 'MOVING', slot: 0, binding: 1 });
    nowMs += 100;
    take({ kind: 'tick' });
    hear({ type: 'INPUT_ACK', slot: 0, binding: 1, n: 1, failure: '' });
    expect(effects('event.done')).to.have.length(0);
    hear({ type: 'INPUT_ACK', slot: 0, binding: 2, n: 1, failure: '' });
    expect(effects('event.done')).to.have.length(1);
  });

  it('binds again after MOVING, at a growing distance while the table does not change', () => {
    view({});
    link('w-1@1');
    event(1);
    const distances: number[] = [];
    for (let round = 1; round <= 3; round += 1) {
      hear({ type: 'MOVING', slot: 0, binding: round });
      const refusedAtMs = nowMs;
      while (sent('BIND').length === round) {
        nowMs += 1;
        take({ kind: 'tick' });
      }
      distances.push(nowMs - refusedAtMs);
    }
    expect(distances).to.deep.equal([5, 7, 9]);
  });

  it('ignores a table that is older than what it knows', () => {
    view({ term: 3 });
    link('w-1@1');
    link('w-2@2');
    event(1);
    view({ owner: 'w-2@2', term: 2 });
    expect(sent('BIND').map(({ to }) => to)).to.deep.equal(['w-1@1']);
  });

  it('forgets the events of a partition whose channel is gone (B9)', () => {
    event(1);
    event(2);
    take({ kind: 'events.withdrawn', partition: 1 });
    view({});
    link('w-1@1');
    const ids = sent('INPUT').map(({ input }) => input.kind === 'event' && input.id);
    expect(ids).to.deep.equal(['e2']);
  });
});

describe('positions (P1–P4)', () => {
  beforeEach(() => {
    open('s1');
    open('s2');
    view({});
    link('w-1@1');
  });

  it('gives a session nothing before it is attached in this binding', () => {
    frame(1, 0, 5);
    expect(effects('frame')).to.have.length(0);
    attach(1);
    frame(1, 5, 5);
    expect(effects('frame').map(({ offset }) => offset)).to.deep.equal([5]);
  });

  it('skips what a session has, and refuses a hole', () => {
    attach(1);
    frame(1, 0, 4);
    frame(1, 6, 6);
    expect(effects('frame')).to.have.length(0);
    frame(1, 3, 5);
    frame(1, 3, 5);
    expect(effects('frame').map(({ offset }) => offset)).to.deep.equal([5]);
  });

  it('gives pushes to all sessions of the key and replies to their own', () => {
    attach(1, 's1');
    attach(1, 's2');
    frame(1, 5, 5);
    const shown = effects('frame')[0]?.sessions.map((to) => [to.session, to.replies.length]);
    expect(shown).to.deep.equal([
      ['s1', 0],
      ['s2', 1],
    ]);
  });

  it('tells a client that it moved only when something was lost', () => {
    attach(1);
    expect(effects('attached').map(({ isFirst }) => isFirst)).to.deep.equal([true]);
    hear({ type: 'MOVING', slot: 0, binding: 1 });
    nowMs += 100;
    take({ kind: 'tick' });
    attach(2);
    expect(effects('attached')).to.have.length(1);
    attach(2, 's1', { epoch: 'c-9-0', next: 0, recovered: false, reason: 'epoch' });
    expect(effects('attached').at(-1)).to.include({ recovered: false, isFirst: false });
  });

  it('resumes where it stood when it binds again', () => {
    attach(1);
    frame(1, 5, 7);
    hear({ type: 'NOT_OWNER', slot: 0, binding: 1 });
    nowMs += 100;
    take({ kind: 'tick' });
    const refs = sent('BIND').at(-1)?.sessions ?? [];
    const ref = refs.find(({ session }) => session === 's1');
    expect(ref).to.include({ epoch: 'c-1-0', next: 8 });
  });

  it('ignores an attachment of an earlier connection of the session', () => {
    attach(1, 's1', { connection: 0 });
    expect(effects('attached')).to.have.length(0);
  });
});

describe('bounds (M3, A7)', () => {
  it('stops reading a socket at its bound of held inputs, and goes on at half of it', () => {
    open();
    const data = new Uint8Array(1);
    for (let n = 1; n <= gatewayLimits.heldPerSessionMax; n += 1) {
      take({ kind: 'session.message', session: 's1', n, format: 'text', data });
    }
    expect(effects('pause')).to.have.length(1);
    view({});
    link('w-1@1');
    for (let n = 1; n <= gatewayLimits.heldPerSessionMax / 2; n += 1) {
      expect(effects('unpause')).to.have.length(0);
      hear({ type: 'INPUT_ACK', slot: 0, binding: 1, n, failure: '' });
    }
    expect(effects('unpause')).to.have.length(1);
    expect(effects('accepted').map(({ n }) => n)).to.deep.equal([1, 2, 3, 4]);
  });

  it('closes sockets when there is no worker for too long, and keeps the events', () => {
    open();
    event(1);
    wait(0);
    wait(gatewayLimits.orphanTimeoutMs - 1);
    expect(effects('close')).to.have.length(0);
    wait(1);
    expect(effects('close').map(({ code }) => code)).to.deep.equal([1013]);
    expect(core.heldCount()).to.equal(1);
  });

  it('closes the sockets of a live owner that it alone does not reach', () => {
    open();
    view({ owner: 'w-1@1' }, { live: liveWorkers('w-1@1', 'w-2@2') });
    for (const boot of ['w-1@1', 'w-2@2']) link(boot);
    take({ kind: 'unlinked', peer: 'w-1@1', connection: 1 });
    nowMs += gatewayLimits.orphanTimeoutMs;
    take({ kind: 'tick' });
    wait(0);
    expect(effects('close'), 'ZooKeeper was away, so it may be dead').to.have.length(0);
    for (let n = 0; n < 4; n += 1) wait(gatewayLimits.orphanTimeoutMs / 4);
    expect(effects('close').map(({ code }) => code)).to.deep.equal([1013]);
  });

  it('keeps the sockets of an owner that is linked again, or does not live any more', () => {
    open();
    view({ owner: 'w-1@1' }, { live: liveWorkers('w-1@1', 'w-2@2') });
    for (const boot of ['w-1@1', 'w-2@2']) link(boot);
    take({ kind: 'unlinked', peer: 'w-1@1', connection: 1 });
    link('w-1@1', 3);
    wait(gatewayLimits.orphanTimeoutMs);
    take({ kind: 'unlinked', peer: 'w-1@1', connection: 3 });
    view({ owner: 'w-1@1' }, { live: liveWorkers('w-2@2') });
    wait(gatewayLimits.orphanTimeoutMs);
    expect(effects('close')).to.have.length(0);
  });

  it('starts anew with the owner of wiped data (W2)', () => {
    open();
    view({ term: 9 });
    link('w-1@1');
    view({ term: 1, owner: 'w-1@1' }, { cluster: 'other', tableVersion: 1 });
    expect(sent('BIND').map(({ term }) => term)).to.deep.equal([9, 1]);
  });
});
