import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { Fields, Logger } from '../../../base/index.ts';
import { gatherSlots } from '../../../cli/slot-log.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

interface Line {
  readonly event: string;
  readonly fields: Fields | undefined;
}

function recorder(): { lines: Line[]; logger: Logger } {
  const lines: Line[] = [];
  const add = (event: string, fields?: Fields): void => void lines.push({ event, fields });
  const logger: Logger = { info: add, warn: add, error: add, with: () => logger };
  return { lines, logger };
}

describe('the gathering of slot lines', () => {
  it('makes one line of the many that one worker says of its slots', () => {
    const { lines, logger } = recorder();
    const clock = createFakeClock();
    const worker = gatherSlots(logger, clock).with({ worker: 'w-1' });
    for (let slot = 0; slot < 100; slot += 1) worker.info('slot.owned', { slot, term: 1 });
    expect(lines).to.deep.equal([]);
    clock.advance(1000);
    expect(lines).to.deep.equal([{ event: 'slot.owned', fields: { worker: 'w-1', count: 100 } }]);
    expect(clock.timers).to.equal(0);
  });

  it('keeps workers and events apart, and warnings whole', () => {
    const { lines, logger } = recorder();
    const clock = createFakeClock();
    const log = gatherSlots(logger, clock);
    log.with({ worker: 'w-1' }).info('slot.owned', { slot: 1 });
    log.with({ worker: 'w-2' }).info('slot.owned', { slot: 2 });
    log.with({ worker: 'w-1' }).info('slot.sealed', { slot: 1 });
    log.with({ worker: 'w-1' }).warn('slot.lost', { slot: 7 });
    log.flush();
    expect(lines.map(({ event, fields }) => `${event} ${JSON.stringify(fields)}`)).to.deep.equal([
      'slot.lost {"worker":"w-1","slot":7}',
      'slot.owned {"worker":"w-1","count":1}',
      'slot.owned {"worker":"w-2","count":1}',
      'slot.sealed {"worker":"w-1","count":1}',
    ]);
    expect(clock.timers).to.equal(0);
  });

  it('passes everything else on at once', () => {
    const { lines, logger } = recorder();
    gatherSlots(logger, createFakeClock()).info('worker.serving', { boot: 'w-1@0' });
    expect(lines).to.deep.equal([{ event: 'worker.serving', fields: { boot: 'w-1@0' } }]);
  });
});
