import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { Clock } from '../../../base/index.ts';
import { createLog, type LogLevel } from '../../../cli/log.ts';

const clock: Clock = {
  nowMs: () => 0,
  wallMs: () => 1_700_000_000_000,
  after: () => () => undefined,
  every: () => () => undefined,
};

function logged(
  isReadable: boolean,
  level: LogLevel,
  write: (log: ReturnType<typeof createLog>) => void,
): readonly string[] {
  const lines: string[] = [];
  write(createLog({ level, isReadable, clock, write: (line) => void lines.push(line) }));
  return lines;
}

describe('the log of the command', () => {
  it('is one JSON object a line when nobody reads along', () => {
    const [line = ''] = logged(false, 'info', (log) =>
      log.with({ worker: 'w-1' }).info('slot.moved', { slot: 7 }),
    );
    expect(JSON.parse(line)).to.deep.equal({
      level: 'info',
      time: 1_700_000_000_000,
      worker: 'w-1',
      slot: 7,
      msg: 'slot.moved',
    });
  });

  it('is short and readable on a terminal', () => {
    const lines = logged(true, 'info', (log) =>
      log.warn('link.broken', { worker: 'w-1', reason: 'reset by peer', error: new Error('x') }),
    );
    expect(lines).to.deep.equal([
      '22:13:20 warn  link.broken worker=w-1 reason="reset by peer" error="Error: x"',
    ]);
  });

  it('leaves out what is below its level', () => {
    const lines = logged(true, 'error', (log) => {
      log.info('a');
      log.warn('b');
      log.error('c');
    });
    expect(lines).to.have.length(1);
  });
});
