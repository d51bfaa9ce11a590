import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { afterEach, describe, it } from 'mocha';
import { RingwayError } from '../../../base/index.ts';
import { askAdmin } from '../../../cli/admin-client.ts';
import { exitCodes } from '../../../cli/command.ts';
import { publishCommand } from '../../../cli/publish.ts';
import { run } from '../../../cli/run.ts';
import { fakeTerminal } from '../../support/cli/fake-terminal.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const servers: Server[] = [];

/** Address of an admin port that answers so. */
async function adminPort(answer: Answer): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function failureOf(admin: string, timeoutMs = 5000): Promise<RingwayError> {
  const asked = askAdmin(
    { admin, adminToken: undefined, timeoutMs },
    { method: 'GET', path: '/v1/ring' },
  );
  const thrown: unknown = await asked.catch((error: unknown) => error);
  if (thrown instanceof RingwayError) return thrown;
  throw new Error(`expected a RingwayError, got ${String(thrown)}`);
}

async function publish(admin: string, ...args: readonly string[]) {
  const terminal = fakeTerminal();
  const code = await run({
    args: ['publish', '--admin', admin, ...args],
    env: {},
    terminal,
    commands: [publishCommand],
  });
  return { code, terminal };
}

describe('asking the admin port', () => {
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  it('says what to do when nobody answers', async () => {
    const admin = await adminPort(() => undefined);
    servers.pop()?.close();
    const { code, message } = await failureOf(admin);
    expect(code).to.equal('cli.unreachable');
    expect(message).to.include(`no answer from ${admin} (connect ECONNREFUSED`);
    expect(message).to.include('--admin or RINGWAY_ADMIN');
  });

  it('does not wait for ever', async () => {
    const admin = await adminPort(() => undefined);
    const { code, message } = await failureOf(admin, 50);
    expect(code).to.equal('cli.unreachable');
    expect(message).to.equal(`no answer from ${admin} within --timeout-ms 50`);
  });

  it('tells the id that it made up when nobody knows whether the event is stored', async () => {
    const unconfirmed = await adminPort((_, response) => {
      response.writeHead(503).end('{"error":"bus.unavailable"}');
    });
    const silent = await adminPort(() => undefined);
    for (const admin of [unconfirmed, silent]) {
      const { terminal } = await publish(admin, '--user', 'alice', '--timeout-ms', '200');
      expect(terminal.errors.join()).to.match(/event [0-9a-f]{24} may be stored: .* same id/);
    }
    const refused = await adminPort((_, response) => {
      response.writeHead(400).end('{"error":"event.invalid"}');
    });
    const { terminal } = await publish(refused, '--user', 'alice');
    expect(terminal.errors.join()).to.not.include('may be stored');
  });

  it('passes on the code of a refusal', async () => {
    const admin = await adminPort((_, response) => {
      response.writeHead(404).end('{"error":"worker.unknown"}');
    });
    const { code, message } = await failureOf(admin);
    expect(code).to.equal('worker.unknown');
    expect(message).to.include('GET /v1/ring was answered 404');
  });

  it('names the option when a token is wanted', async () => {
    const admin = await adminPort((_, response) => response.writeHead(401).end());
    const { code, message } = await failureOf(admin);
    expect(code).to.equal('http.401');
    expect(message).to.include('RINGWAY_ADMIN_TOKEN');
  });

  it('recognises a port that is somebody else’s', async () => {
    const admin = await adminPort((_, response) => response.end('<html>'));
    expect((await failureOf(admin)).message).to.include('is it a Ringway admin port?');
  });

  it('publishes a CloudEvent and prints its id', async () => {
    const seen: { type?: string | undefined; body?: unknown } = {};
    const admin = await adminPort((request, response) => {
      seen.type = request.headers['content-type'];
      const text: string[] = [];
      request.setEncoding('utf8').on('data', (part: string) => text.push(part));
      request.on('end', () => {
        seen.body = JSON.parse(text.join(''));
        response.writeHead(202).end();
      });
    });
    const args = ['--user', 'alice', '--type', 'note', '--data', '{"hello":1}', '--id', 'n-1'];
    const { code, terminal } = await publish(admin, ...args);
    expect(code).to.equal(exitCodes.done);
    expect(terminal.output).to.deep.equal(['n-1']);
    expect(seen.type).to.equal('application/cloudevents+json');
    expect(seen.body).to.deep.equal({
      specversion: '1.0',
      id: 'n-1',
      source: '/ringway/cli',
      type: 'note',
      partitionkey: 'user:alice',
      datacontenttype: 'application/json',
      data: { hello: 1 },
    });
  });

  it('publishes nothing while anything about the event is wrong, and names all of it', async () => {
    const { code, terminal } = await publish('http://127.0.0.1:1', '--data', '{hello:1}');
    expect(code).to.equal(exitCodes.misused);
    expect(terminal.errors).to.deep.equal([
      'ringway publish: who is it for? Give --user <name> or --key <key>',
      `ringway publish: --data is "{hello:1}" but must be JSON; a text is '"text"'`,
    ]);
  });
});
