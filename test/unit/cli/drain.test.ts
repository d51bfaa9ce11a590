/** What `ringway drain` tells of the end that it waited for, at an admin port of our own. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { afterEach, describe, it } from 'mocha';
import { exitCodes } from '../../../cli/command.ts';
import { drainCommand } from '../../../cli/drain.ts';
import { run } from '../../../cli/run.ts';
import { fakeTerminal } from '../../support/cli/fake-terminal.ts';

let server: Server | undefined;

/** Drains w-1 of a cluster that looks like this ever after. */
async function drained(workers: readonly { id: string; slots: number }[], ...args: string[]) {
  const listening = createServer((request, response) => {
    const isAsked = request.method === 'POST';
    response.writeHead(isAsked ? 202 : 200).end(JSON.stringify(isAsked ? {} : { workers }));
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const terminal = fakeTerminal();
  const { port } = listening.address() as AddressInfo;
  const admin = ['--admin', `http://127.0.0.1:${port}`];
  const given = ['drain', 'w-1', ...admin, ...args];
  const code = await run({ args: given, env: {}, terminal, commands: [drainCommand] });
  return { code, terminal };
}

describe('ringway drain', () => {
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  it('says that the worker owns nothing any more when others have it', async () => {
    const { code, terminal } = await drained([{ id: 'w-2', slots: 16 }]);
    expect(code).to.equal(exitCodes.done);
    expect(terminal.output).to.deep.equal(['w-1 owns nothing any more']);
  });

  it('does not say so when nobody was there to take it', async () => {
    const { terminal } = await drained([]);
    expect(terminal.output.join()).to.match(/^w-1 has ended; nobody was there/);
  });

  it('says that the draining goes on when it does not wait any longer', async () => {
    const { code, terminal } = await drained([{ id: 'w-1', slots: 7 }], '--wait-s', '1');
    expect(code).to.equal(exitCodes.refused);
    expect(terminal.errors.join()).to.include(
      'w-1 still owns 7 slots after 1 s (--wait-s); it goes',
    );
  });
});
