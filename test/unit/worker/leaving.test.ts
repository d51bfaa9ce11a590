import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { ConfigError, RingwayError } from '../../../base/index.ts';
import { defaultLimits } from '../../../worker/limits.ts';
import { boot, ShellStage } from './shell-stage.ts';

const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'resolved',
    (thrown: unknown) => (thrown instanceof RingwayError ? thrown.code : thrown),
  );

describe('leaving', () => {
  let stage: ShellStage;
  beforeEach(async () => {
    stage = new ShellStage();
    await stage.serve();
  });
  afterEach(async () => {
    await stage.shell.close();
    expect(stage.clock.timers, 'timers left behind').to.equal(0);
  });

  it('drains until it is out of the ring and its core is empty', async () => {
    const drained = stage.shell.drain();
    expect(stage.requests.at(-1)).to.deep.equal({ kind: 'drain' });
    stage.isEmpty = true;
    await stage.clock.run(100);
    expect(stage.drains, 'still in the ring').to.deep.equal([]);
    stage.isEmpty = false;
    stage.see([boot, 'w-2@9'], ['w-2@9']);
    await stage.clock.run(100);
    expect(stage.drains, 'not empty yet').to.deep.equal([]);
    stage.isEmpty = true;
    await stage.clock.run(100);
    expect([await drained, stage.drains]).to.deep.equal(['empty', ['empty']]);
  });

  it('ends a drain when nobody has been there to take over for drainAloneMs', async () => {
    void stage.shell.drain();
    stage.see([boot, 'w-2@9'], []);
    await stage.clock.run(defaultLimits.drainAloneMs - 100);
    stage.see([boot, 'w-2@9'], ['w-2@9']);
    await stage.clock.run(defaultLimits.drainAloneMs + 100);
    expect(stage.drains, 'there was somebody meanwhile').to.deep.equal([]);
    stage.see([boot], []);
    await stage.clock.run(defaultLimits.drainAloneMs - 100);
    expect(stage.drains, 'somebody may still come').to.deep.equal([]);
    await stage.clock.run(200);
    expect(stage.drains).to.deep.equal(['alone']);
  });

  it('gives a drain up after drainTimeoutMs', async () => {
    const drained = stage.shell.drain();
    await stage.clock.run(defaultLimits.drainTimeoutMs);
    expect(await drained).to.equal('timed_out');
    stage.isEmpty = true;
    stage.see([], []);
    await stage.clock.run(100);
    expect(stage.drains).to.deep.equal(['timed_out']);
  });

  it('drains when a gateway passes that wish on, and for nobody else', async () => {
    stage.host.onUp('w-2@9', 'worker', 1);
    stage.host.onMessage('w-2@9', 1, { type: 'DRAIN' });
    expect(stage.shell.status().phase).to.equal('serving');
    stage.host.onUp('g-1@1', 'gateway', 2);
    stage.host.onMessage('g-1@1', 2, { type: 'DRAIN' });
    stage.host.onMessage('g-1@1', 2, { type: 'DRAIN' });
    expect(stage.shell.status().phase).to.equal('draining');
    expect(stage.requests.filter(({ kind }) => kind === 'drain')).to.have.length(1);
    expect(stage.kinds).not.to.contain('message');
  });

  it('closes session and links, and is deaf from then on', async () => {
    const drained = stage.shell.drain();
    await stage.shell.close();
    expect(stage.told.slice(-2)).to.deep.equal([['membership.close'], ['host.close']]);
    expect(await drained).to.equal('stopped');
    const before = stage.inputs.length;
    stage.host.onUp('g-1@1', 'gateway', 1);
    stage.see([boot], [boot]);
    expect(stage.inputs).to.have.length(before);
  });

  it('dies without a word when killed', async () => {
    await stage.shell.kill();
    expect(stage.told.slice(-2)).to.deep.equal([['membership.abandon'], ['host.close']]);
    await stage.shell.close();
    expect(stage.told).not.to.deep.include(['membership.close']);
  });

  it('ends at once when a younger boot of its id exists', async () => {
    stage.answer = (input) =>
      input.kind === 'confirmed'
        ? [
            { kind: 'exit', code: 'worker.superseded', reason: 'w-1@9 lives' },
            { kind: 'send', peer: 'g-1@1', message: { type: 'PING', sentAtMs: 1 } },
          ]
        : [];
    stage.membership.report({ kind: 'confirmed', sentAtMs: 0 });
    expect(stage.exits.map(({ code, message }) => [code, message])).to.deep.equal([
      ['worker.superseded', 'w-1@9 lives'],
    ]);
    expect(stage.told).not.to.deep.include(['send', 'g-1@1', 'PING']);
    expect(stage.shell.status().phase).to.equal('over');
  });

  it('ends when the cluster is configured otherwise', () => {
    stage.membership.onRefused(new ConfigError(['partitions is 8 in this cluster, not 16']));
    expect(stage.exits.map(({ code }) => code)).to.deep.equal(['config.invalid']);
  });

  it('fails a start that a drain or a close overtakes', async () => {
    for (const end of ['drain', 'close'] as const) {
      const other = new ShellStage();
      const started = codeOf(other.shell.start());
      void other.shell[end]();
      expect(await started).to.equal('worker.stopped');
      await other.shell.close();
    }
  });
});
