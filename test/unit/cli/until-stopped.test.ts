import { expect } from 'chai';
import { describe, it } from 'mocha';
import { exitCodes } from '../../../cli/command.ts';
import { untilStopped } from '../../../cli/until-stopped.ts';
import { fakeTerminal } from '../../support/cli/fake-terminal.ts';
import { eventually } from '../../support/eventually.ts';

describe('what runs until it is stopped', () => {
  it('hears a second signal until everything is closed', async () => {
    const terminal = fakeTerminal();
    let finish = (): void => undefined;
    let isClosing = false;
    const over = untilStopped(
      {
        stop: async () => undefined,
        close() {
          isClosing = true;
          return new Promise((resolve) => {
            finish = resolve;
          });
        },
      },
      terminal,
    );
    terminal.signal('SIGTERM');
    await eventually('closing', () => isClosing);
    terminal.signal('SIGTERM');
    expect(terminal.errors.at(-1)).to.equal('SIGTERM again: ending at once');
    finish();
    expect(await over).to.equal(exitCodes.done);
    terminal.signal('SIGTERM');
    expect(terminal.errors).to.have.lengthOf(2);
  });

  it('closes also what could not go on, and says why', async () => {
    let closings = 0;
    const running = {
      stop: async () => undefined,
      ended: Promise.reject(new Error('no more')),
      async close() {
        closings += 1;
      },
    };
    const failure = await untilStopped(running, fakeTerminal()).catch(String);
    expect({ failure, closings }).to.deep.equal({ failure: 'Error: no more', closings: 1 });
  });
});
