import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { ReadinessStatus, ReasonCode } from '../../../base/index.ts';
import { ReadinessLog } from '../../../cli/readiness-log.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createRecordingLogger } from '../../support/recording-logger.ts';

function stage() {
  const clock = createFakeClock();
  const logger = createRecordingLogger();
  const { lines } = logger;
  const log = new ReadinessLog(logger, clock);
  const change = (status: ReadinessStatus, ...codes: ReasonCode[]): void =>
    log.changed({ status, reasons: codes.map((code) => ({ code, message: `why ${code}` })) });
  return { clock, log, lines, change };
}

describe('the log of readiness', () => {
  it('says what has held for a moment, with its reasons', async () => {
    const { clock, lines, change } = stage();
    change('starting', 'bus.unavailable');
    await clock.run(1000);
    change('ready');
    await clock.run(1000);
    expect(lines).to.deep.equal([
      {
        level: 'warn',
        event: 'process.starting',
        reasons: ['why bus.unavailable [bus.unavailable]'],
      },
      { level: 'info', event: 'process.ready' },
    ]);
  });

  it('leaves out what passes at once, and what was said', async () => {
    const { clock, lines, change } = stage();
    change('ready');
    await clock.run(1000);
    change('degraded', 'workers.unlinked');
    await clock.run(500);
    change('ready');
    await clock.run(1000);
    expect(lines.map(({ event }) => event)).to.deep.equal(['process.ready']);
  });

  it('says that it drains once, whatever else changes', async () => {
    const { clock, lines, change } = stage();
    change('draining');
    await clock.run(1000);
    change('draining', 'workers.none');
    await clock.run(1000);
    expect(lines).to.have.length(1);
  });

  it('leaves no timer behind', () => {
    const { clock, log, change } = stage();
    change('ready');
    log.close();
    expect(clock.timers).to.equal(0);
    change('draining');
    expect(clock.timers, 'after its end').to.equal(0);
  });
});
