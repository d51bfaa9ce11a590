import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { RingwayError } from '../../../base/index.ts';
import type { Outward } from '../../../link/index.ts';
import type { WorkerEffect } from '../../../worker/core-types.ts';
import { defaultLimits } from '../../../worker/limits.ts';
import { settled } from '../../support/fake-clock.ts';
import { bytesOf, messageInput, runEffect } from './run-fixture.ts';
import { boot, ShellStage } from './shell-stage.ts';

const outward: Outward = {
  to: 'out',
  topic: 'message.user:a',
  type: 't',
  format: 'text',
  data: bytesOf('x'),
};

const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'resolved',
    (thrown: unknown) => (thrown instanceof RingwayError ? thrown.code : thrown),
  );

describe("the worker's shell", () => {
  let stage: ShellStage;
  beforeEach(() => {
    stage = new ShellStage();
  });
  afterEach(async () => {
    await stage.shell.close();
    expect(stage.clock.timers, 'timers left behind').to.equal(0);
  });

  it('listens, registers, opens its links and joins, and has started once it is in the ring', async () => {
    const started = stage.shell.start();
    let isStarted = false;
    void started.then(() => {
      isStarted = true;
    });
    await settled();
    expect(stage.told).to.deep.equal([['membership', '127.0.0.1:7000'], ['membership.start']]);
    stage.register();
    expect(stage.requests).to.deep.equal([{ kind: 'join' }]);
    stage.see([boot, 'w-2@9'], ['w-2@9']);
    await settled();
    expect(isStarted).to.equal(false);
    stage.see([boot, 'w-2@9'], ['w-2@9', boot]);
    await started;
    expect(stage.told.slice(2)).to.deep.equal([
      ['open', boot, 'c1'],
      ['peers', 'w-2@9'],
      ['peers', 'w-2@9'],
    ]);
    expect(stage.kinds).to.deep.equal(['registered', 'view', 'view']);
    expect(stage.shell.status()).to.deep.include({ phase: 'serving', boot, isInRing: true });
  });

  it('performs effects in order and steps what they lead to only afterwards', async () => {
    await stage.serve();
    const order: string[] = [];
    stage.answer = (input) => {
      order.push(input.kind);
      if (input.kind !== 'session.lost') return [];
      // A link that breaks inside `send` would otherwise step the core in the middle.
      return [
        { kind: 'note', level: 'warn', event: 'first' },
        { kind: 'table', base: 1, changes: new Map() },
        { kind: 'note', level: 'warn', event: 'last' },
      ];
    };
    const answered = stage.requests.push.bind(stage.requests);
    stage.requests.push = (request) => {
      if (request.kind === 'table') {
        stage.membership.report({ kind: 'table.answered', outcome: 'refused' });
        order.push('asked');
      }
      return answered(request);
    };
    stage.membership.report({ kind: 'session.lost' });
    expect(order).to.deep.equal(['session.lost', 'asked', 'table.answered']);
    expect(stage.lines.slice(-2).map(({ event }) => event)).to.deep.equal(['first', 'last']);
  });

  it('turns what links say into inputs', async () => {
    await stage.serve();
    stage.inputs.length = 0;
    const { host } = stage;
    host.onUp('g-1@1', 'gateway', 1);
    host.onMessage('g-1@1', 1, { type: 'PING', sentAtMs: 5 });
    host.onDown('g-1@1', 1, 'link.reset');
    host.onRefused('w-2@9');
    host.onSuperseded('w-3@2', 'w-3@8');
    host.onForeignCluster('w-4@1');
    expect(stage.inputs).to.deep.equal([
      { kind: 'linked', peer: 'g-1@1', role: 'gateway', connection: 1 },
      { kind: 'message', peer: 'g-1@1', connection: 1, message: { type: 'PING', sentAtMs: 5 } },
      { kind: 'unlinked', peer: 'g-1@1', connection: 1 },
      { kind: 'gone', peer: 'w-2@9' },
      { kind: 'gone', peer: 'w-3@2' },
      { kind: 'foreign.cluster' },
    ]);
    expect(stage.requests.at(-1)).to.deep.equal({ kind: 'read' });
  });

  it('carries out each effect', async () => {
    let isRevoked = false;
    stage = new ShellStage({
      onMessage: (ctx) =>
        new Promise((resolve) => {
          ctx.signal.addEventListener('abort', () => {
            isRevoked = true;
            resolve();
          });
        }),
    });
    await stage.serve();
    stage.told.length = 0;
    const effects: readonly WorkerEffect[] = [
      { kind: 'send', peer: 'g-1@1', message: { type: 'PING', sentAtMs: 1 } },
      { kind: 'read' },
      { kind: 'table', base: 3, changes: new Map() },
      { kind: 'evict', base: 3, changes: new Map(), checks: [], removes: ['w-2@9'] },
      { kind: 'publish', publication: 1, id: 'p-1', outward },
      runEffect(messageInput('x'), { token: 8 }),
    ];
    stage.answer = (input) => (input.kind === 'confirmed' ? effects : []);
    stage.membership.report({ kind: 'confirmed', sentAtMs: 0 });
    await settled();
    expect(stage.told).to.deep.equal([
      ['send', 'g-1@1', 'PING'],
      ['publish', 'p-1'],
    ]);
    expect(stage.requests.slice(-3).map(({ kind }) => kind)).to.deep.equal([
      'read',
      'table',
      'evict',
    ]);
    expect(stage.kinds.slice(-1)).to.deep.equal(['published']);
    expect(stage.shell.status().runs).to.equal(1);
    stage.answer = (input) => (input.kind === 'confirmed' ? [{ kind: 'revoke', token: 8 }] : []);
    stage.membership.report({ kind: 'confirmed', sentAtMs: 0 });
    await settled();
    expect([isRevoked, stage.shell.status().runs]).to.deep.equal([true, 0]);
    expect(stage.kinds).not.to.contain('ran');
  });

  it('gives outcomes of handlers and failures of the bus back to the core', async () => {
    stage = new ShellStage({ onMessage: (ctx) => ctx.session.send('yes') });
    await stage.serve();
    stage.publishError = new RingwayError('bus.unavailable', 'away', { retryable: true });
    stage.answer = (input) =>
      input.kind === 'confirmed'
        ? [runEffect(messageInput('x')), { kind: 'publish', publication: 1, id: 'p-1', outward }]
        : [];
    stage.membership.report({ kind: 'confirmed', sentAtMs: 0 });
    await settled();
    expect(stage.kinds.slice(-2).toSorted()).to.deep.equal(['publish.reset', 'ran']);
  });

  it('gathers what happens to many slots into one line a tick, errors excepted', async () => {
    await stage.serve();
    stage.lines.length = 0;
    const levelOf = (slot: number) => (slot === 7 ? 'error' : slot < 3 ? 'warn' : 'info');
    stage.answer = (input) =>
      input.kind === 'confirmed'
        ? Array.from({ length: 500 }, (_, slot) => {
            const level = levelOf(slot);
            return { kind: 'note', level, event: `slot.${level}`, slot, fields: { term: slot } };
          })
        : [];
    stage.membership.report({ kind: 'confirmed', sentAtMs: 0 });
    expect(stage.lines.map(({ event }) => event)).to.deep.equal(['slot.error']);
    await stage.clock.run(defaultLimits.tickMs);
    expect(stage.lines.slice(1).map(({ event, fields }) => [event, fields])).to.deep.equal([
      ['slot.warn', { count: 3, slots: [0, 1, 2], term: 0 }],
      ['slot.info', { count: 496, slots: [3, 4, 5, 6, 8, 9, 10, 11], term: 3 }],
    ]);
  });

  it('opens its links anew only when boot or cluster change', async () => {
    await stage.serve();
    stage.told.length = 0;
    stage.membership.report({ kind: 'session.lost' });
    stage.register();
    expect(stage.told).to.deep.equal([]);
    stage.register('c2');
    expect(stage.told).to.deep.equal([['open', boot, 'c2']]);
  });

  it('keeps a flapping worker out of the ring for a while', async () => {
    for (let n = 0; n < 5; n += 1) stage.flaps.flapped(0);
    void codeOf(stage.shell.start());
    await settled();
    stage.register();
    expect(stage.requests).to.deep.equal([]);
    await stage.clock.run(defaultLimits.flapWaitMaxMs);
    expect(stage.requests).to.deep.equal([{ kind: 'join' }]);
  });

  it('never enters the ring when it is drained during that wait', async () => {
    for (let n = 0; n < 5; n += 1) stage.flaps.flapped(0);
    void codeOf(stage.shell.start());
    await settled();
    stage.register();
    void stage.shell.drain();
    await stage.clock.run(defaultLimits.flapWaitMaxMs);
    expect(stage.requests).to.deep.equal([{ kind: 'drain' }]);
  });

  it('takes a worker that keeps losing its session out of the ring for a while', async () => {
    await stage.serve();
    const kindsOf = (): readonly string[] => stage.requests.splice(0).map(({ kind }) => kind);
    kindsOf();
    for (let n = 1; n < defaultLimits.flapsMax; n += 1) {
      stage.membership.report({ kind: 'session.lost' });
      stage.register();
    }
    expect(kindsOf()).to.deep.equal([]);
    stage.membership.report({ kind: 'session.lost' });
    stage.register();
    expect(kindsOf()).to.deep.equal(['leave']);
    await stage.clock.run(defaultLimits.flapWaitMs);
    expect(kindsOf()).to.deep.equal(['join']);
  });

  it('counts slots and links for the status', async () => {
    await stage.serve();
    stage.host.onUp('g-1@1', 'gateway', 1);
    const { slots, links, address } = stage.shell.status();
    const held = { keys: 6, sessions: 12, ownedBytes: 30, copiedBytes: 50 };
    expect(slots).to.deep.equal({ owner: 3, copy: 5, used: 3, single: 0, sealed: 0, ...held });
    expect([links, address]).to.deep.equal([{ worker: 0, gateway: 1 }, '127.0.0.1:7000']);
    const text = await stage.shell.metrics.registry.metrics();
    expect(text).to.match(/^ringway_worker_slots\{role="owner"\} 3$/m);
    expect(text).to.match(/^ringway_worker_log_bytes\{role="copy"\} 50$/m);
    expect(text)
      .to.match(/^ringway_worker_keys 6$/m)
      .and.match(/^ringway_worker_sessions 12$/m);
    expect(text).to.match(/^ringway_worker_inputs_total\{kind="registered"\} 1$/m);
  });

  it('fails to start when it cannot listen, and may then be closed', async () => {
    stage.listenError = new RingwayError('link.listen_failed', 'in use');
    expect(await codeOf(stage.shell.start())).to.equal('link.listen_failed');
    expect(stage.shell.status().phase).to.equal('over');
  });

  it('is started once', async () => {
    await stage.serve();
    expect(await codeOf(stage.shell.start())).to.equal('worker.started');
  });
});
