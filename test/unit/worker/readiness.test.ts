import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { boot, ShellStage } from './shell-stage.ts';

describe('the readiness of a worker', () => {
  let stage: ShellStage;
  beforeEach(() => {
    stage = new ShellStage();
  });
  afterEach(() => stage.shell.close());

  const now = async (): Promise<string> => {
    await stage.clock.run(50);
    const { status, reasons } = stage.shell.readiness;
    return [status, ...reasons.map(({ code }) => code)].join(' ');
  };

  it('begins in the ring, with both servers reached', async () => {
    stage.contact = { ...stage.contact, session: 'none', isRegistered: false };
    stage.bus.trouble = 'bus.unavailable';
    const started = stage.shell.start();
    expect(await now()).to.equal('starting coordinator.unavailable bus.unavailable');
    stage.contact = { ...stage.contact, session: 'connected', isRegistered: true };
    stage.register();
    stage.see([boot], []);
    expect(await now()).to.equal('starting ring.absent bus.unavailable');
    stage.see([boot], [boot]);
    await started;
    expect(await now()).to.equal('starting bus.unavailable');
    stage.bus.trouble = undefined;
    expect(await now()).to.equal('ready');
  });

  it('is degraded by what is away, out of the ring or not linked, and goes on', async () => {
    await stage.serve();
    expect(await now()).to.equal('ready');
    stage.contact = { ...stage.contact, session: 'suspended' };
    expect(await now()).to.equal('degraded coordinator.unavailable');
    stage.contact = { ...stage.contact, session: 'connected' };
    stage.bus.trouble = 'bus.blocked';
    stage.see([boot, 'w-2@9'], []);
    expect(await now()).to.equal('degraded ring.absent bus.blocked workers.unlinked');
    stage.bus.trouble = undefined;
    stage.memory = { ...stage.memory, isFull: true };
    expect(await now()).to.equal('degraded ring.absent workers.unlinked memory.full');
    stage.memory = { ...stage.memory, isFull: false };
    stage.see([boot, 'w-2@9'], [boot]);
    stage.host.onUp('w-2@9', 'worker', 1);
    expect(await now()).to.equal('ready');
    expect(stage.readinesses.at(-1)).to.deep.equal({ status: 'ready', reasons: [] });
  });

  it('ends with the drain, and stays so', async () => {
    await stage.serve();
    expect(await now()).to.equal('ready');
    void stage.shell.drain();
    expect(await now()).to.equal('draining');
    await stage.shell.close();
    expect(stage.shell.readiness.status).to.equal('draining');
  });

  it('is a number for each reason in the metrics', async () => {
    await stage.serve();
    stage.bus.trouble = 'bus.blocked';
    await now();
    const text = await stage.shell.metrics.registry.metrics();
    expect(text).to.include('ringway_worker_degraded{reason="bus.blocked"} 1');
    expect(text).to.include('ringway_worker_degraded{reason="ring.absent"} 0');
    expect(text).to.include('ringway_worker_ready 1');
  });

  it('lets a worker that was never registered drain at once', async () => {
    const started = stage.shell.start().catch((error: unknown) => error);
    await stage.clock.run(0);
    expect(await stage.shell.drain()).to.equal('empty');
    expect(await started).to.have.property('code', 'worker.stopped');
  });
});
