/** What a terminal knows of itself: width, colours, and the one line of progress. */
import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { Terminal } from '../../../cli/command.ts';
import { terminalOf } from '../../../cli/terminal.ts';
import { createFakeClock, type FakeClock } from '../../support/fake-clock.ts';

interface Given {
  readonly isTty: boolean;
  readonly isErrTty?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly signals?: EventEmitter;
  readonly clock?: FakeClock;
}

function made({
  isTty,
  isErrTty = isTty,
  env = {},
  signals = new EventEmitter(),
  clock = createFakeClock(),
}: Given): { terminal: Terminal; written: () => string } {
  const streamOf = (isTTY: boolean) => Object.assign(new PassThrough(), { isTTY, columns: 132 });
  const [stdin, stdout, stderr] = [streamOf(isTty), streamOf(isTty), streamOf(isErrTty)];
  const terminal = terminalOf({
    streams: { stdin, stdout, stderr } as unknown as Parameters<typeof terminalOf>[0]['streams'],
    ...{ signals, clock },
    ...{ script: 'ringway', workingFolder: '/', env, abort: () => undefined },
  });
  return { terminal, written: () => String(stderr.read() ?? '') };
}

describe('a terminal', () => {
  it('has a width and colours', () => {
    expect(made({ isTty: true }).terminal).to.include({ columns: 132, hasColors: true });
  });

  it('has neither when the output goes elsewhere', () => {
    expect(made({ isTty: false }).terminal).to.include({ columns: undefined, hasColors: false });
  });

  it('tells the log whether a human reads it, wherever results go', () => {
    expect(made({ isTty: true, isErrTty: false }).terminal.isErrTty).to.equal(false);
    expect(made({ isTty: false, isErrTty: true }).terminal.isErrTty).to.equal(true);
  });

  for (const env of [{ NO_COLOR: '1' }, { TERM: 'dumb' }]) {
    it(`has no colours with ${JSON.stringify(env)}`, () => {
      expect(made({ isTty: true, env }).terminal).to.include({ columns: 132, hasColors: false });
    });
  }

  it('has colours with an empty NO_COLOR', () => {
    expect(made({ isTty: true, env: { NO_COLOR: '' } }).terminal.hasColors).to.equal(true);
  });

  it('hears a key once that reaches it twice, and the next one anew', () => {
    const [signals, clock] = [new EventEmitter(), createFakeClock()];
    const heard: string[] = [];
    const forget = made({ isTty: true, signals, clock }).terminal.onSignal((signal) =>
      heard.push(signal),
    );
    const press = (signal: string, afterMs: number): void => {
      clock.advance(afterMs);
      signals.emit(signal, signal);
    };
    press('SIGINT', 0);
    press('SIGINT', 30);
    press('SIGTERM', 460);
    expect(heard).to.deep.equal(['SIGINT']);
    press('SIGTERM', 10);
    expect(heard).to.deep.equal(['SIGINT', 'SIGTERM']);
    forget();
    expect(signals.eventNames()).to.deep.equal([]);
  });

  it('replaces its line of progress, and shows none to a pipe', () => {
    const looked = made({ isTty: true });
    looked.terminal.progress('half');
    expect(looked.written()).to.equal('\r\u001b[Khalf');
    const piped = made({ isTty: false });
    piped.terminal.progress('half');
    expect(piped.written()).to.equal('');
  });
});
