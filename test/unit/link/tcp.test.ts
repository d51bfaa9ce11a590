/** A link host over real sockets on the loopback interface. */
import { connect, createServer, type Socket } from 'node:net';
import { expect } from 'chai';
import { afterEach, describe, it } from 'mocha';
import { systemClock, systemRandom } from '../../../base/index.ts';
import { encodedHandshake } from '../../../link/handshake.ts';
import type { LinkHost, LinkHostOptions } from '../../../link/host-types.ts';
import { createLinkHost } from '../../../link/tcp.ts';
import { eventually } from '../../support/eventually.ts';
import { dialler } from './link-end.ts';
import { type Heard, logInto, scribe, secret } from './link-stage.ts';

interface Real extends Heard {
  readonly host: LinkHost;
  readonly logged: string[];
}

const open: LinkHost[] = [];
const sockets: Socket[] = [];

function real(options: Partial<LinkHostOptions> = {}): Real {
  const { listener, ...heard } = scribe();
  const logged: string[] = [];
  const host = createLinkHost({
    secret,
    clock: systemClock,
    random: systemRandom,
    logger: logInto(logged),
    listener,
    ...options,
  });
  open.push(host);
  return { ...heard, host, logged };
}

async function pair(options: Partial<LinkHostOptions> = {}) {
  const [from, to] = [real(options), real(options)];
  const address = await to.host.listen({ host: '127.0.0.1', port: 0 });
  to.host.open({ boot: 'w-1@1', role: 'worker', cluster: 'c' });
  from.host.open({ boot: 'g-1@2', role: 'gateway', cluster: 'c' });
  from.host.setPeers([{ boot: 'w-1@1', address }]);
  await eventually('both up', () => from.up.size === 1 && to.up.size === 1);
  return { from, to, address };
}

/** A plain socket to a host that says `bytes`; resolves when the host has closed it. */
async function knock(address: string, bytes: Buffer): Promise<Buffer> {
  const [host = '', port] = address.split(':');
  const socket = connect({ host, port: Number(port) });
  sockets.push(socket);
  const received: Buffer[] = [];
  socket.on('data', (chunk) => received.push(chunk));
  socket.on('error', () => undefined);
  socket.write(bytes);
  await new Promise<void>((resolve) => socket.once('close', () => resolve()));
  return Buffer.concat(received);
}

describe('a link host over TCP', () => {
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await Promise.all(open.splice(0).map((host) => host.close()));
  });

  it('delivers 8,000 messages of many sizes each way, in order', async () => {
    const { from, to } = await pair();
    const count = 8_000;
    let sent = 0;
    const burst = (): void => {
      for (let left = 500; left > 0; left -= 1) {
        sent += 1;
        const data = Buffer.alloc(sent % 997 === 0 ? 100_000 : sent % 61, sent);
        const input = {
          kind: 'message',
          key: 'k',
          session: 's',
          n: sent,
          format: 'binary',
        } as const;
        const more = { slot: 1, binding: 1, n: sent } as const;
        from.host.send('w-1@1', { type: 'INPUT', ...more, input: { ...input, data } });
        to.host.send('g-1@2', { type: 'INPUT_ACK', ...more, failure: '' });
      }
      if (sent < count) setImmediate(burst);
    };
    burst();
    await eventually('all', () => to.messages.length === count && from.messages.length === count);
    const numbers = (messages: readonly object[]) => messages.map((each) => 'n' in each && each.n);
    const expected = Array.from({ length: count }, (_, i) => i + 1);
    expect(numbers(to.messages)).to.deep.equal(expected);
    expect(numbers(from.messages)).to.deep.equal(expected);
    const [last] = to.messages.slice(-1);
    const data = last?.type === 'INPUT' && last.input.kind === 'message' ? last.input.data : [];
    expect(data).to.deep.equal(Buffer.alloc(count % 61, count));
  });

  it('tells that a process is gone by the refused connection after the break', async () => {
    const { from, to } = await pair();
    await to.host.close();
    await eventually('refused', () => from.events.includes('refused w-1@1'));
    expect(from.events[1]).to.match(/^down w-1@1 1 link\.(ended|reset)$/);
  });

  it('links again after the listening process comes back at its address', async () => {
    const { from, to, address } = await pair();
    await to.host.close();
    await eventually('down', () => from.up.size === 0);
    const again = real();
    await again.host.listen({ host: '127.0.0.1', port: Number(address.split(':')[1]) });
    again.host.open({ boot: 'w-1@1', role: 'worker', cluster: 'c' });
    await eventually('up again', () => from.up.get('w-1@1') === 2);
  });

  it('ends with one link when two workers dial each other at once', async () => {
    const [one, two] = [real(), real()];
    const peers = [
      { boot: 'w-1@1', address: await one.host.listen({ host: '127.0.0.1', port: 0 }) },
      { boot: 'w-2@2', address: await two.host.listen({ host: '127.0.0.1', port: 0 }) },
    ];
    one.host.open({ boot: 'w-1@1', role: 'worker', cluster: 'c' });
    two.host.open({ boot: 'w-2@2', role: 'worker', cluster: 'c' });
    one.host.setPeers(peers);
    two.host.setPeers(peers);
    await eventually('both up', () => one.up.size === 1 && two.up.size === 1);
    one.host.send('w-2@2', { type: 'PING', sentAtMs: 1 });
    two.host.send('w-1@1', { type: 'PING', sentAtMs: 2 });
    await eventually('both heard', () => one.messages.length === 1 && two.messages.length === 1);
    expect([one.events.length, two.events.length]).to.deep.equal([1, 1]);
  });

  it('refuses another secret at the acceptor, and the dialler logs it once', async () => {
    const [from, to] = [real({ secret: 'some other secret' }), real()];
    const address = await to.host.listen({ host: '127.0.0.1', port: 0 });
    to.host.open({ boot: 'w-1@1', role: 'worker', cluster: 'c' });
    from.host.open({ boot: 'g-1@2', role: 'gateway', cluster: 'c' });
    from.host.setPeers([{ boot: 'w-1@1', address }]);
    await eventually('logged', () => from.logged.length > 0 && to.logged.length > 0);
    expect(from.logged).to.deep.equal(['warn link.not_dialled link.auth_failed']);
    expect(to.logged[0]).to.equal('warn link.not_accepted link.auth_failed');
    expect(from.up.size + to.up.size).to.equal(0);
  });

  const garbage: readonly [string, Buffer][] = [
    ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
    ['a TLS greeting', Buffer.from('16030100f1010000ed0303', 'hex')],
    ['random bytes', Buffer.from(systemRandom.hex(4096), 'hex')],
    ['an empty frame', Buffer.alloc(64)],
    ['a HELLO with another magic', Buffer.from('000000080100' + '464f4f4f0001', 'hex')],
    ['an INPUT before the handshake', Buffer.from('000000021300', 'hex')],
    ['a HELLO with something behind', longHello()],
  ];
  for (const [what, bytes] of garbage) {
    it(`closes a connection that says ${what}, and its links stay`, async () => {
      const { from, to, address } = await pair();
      await knock(address, bytes);
      expect([from.events.length, to.events.length]).to.deep.equal([1, 1]);
      from.host.send('w-1@1', { type: 'PING', sentAtMs: 1 });
      await eventually('the link works', () => to.messages.length === 1);
    });
  }

  it('answers another version with a REFUSED frame before it closes', async () => {
    const { address } = await pair();
    const hello = encodedHandshake(dialler().said, 1024);
    hello.writeUInt16BE(99, 10);
    const answer = await knock(address, hello);
    expect(answer.readUInt8(4)).to.equal(0x05);
    expect(answer.toString('latin1')).to.include('peer speaks version 99, this process 1');
  });

  it('closes a connection that stays silent, at the handshake deadline', async () => {
    const { address, to } = await pair({
      limits: { handshakeTimeoutMs: 50, heartbeatIntervalMs: 100 },
    });
    await knock(address, Buffer.alloc(0));
    expect(to.logged).to.include('warn link.not_accepted link.handshake_timeout');
  });

  it('takes no more unauthenticated connections than handshakesMax', async () => {
    const { address, to } = await pair({ limits: { handshakesMax: 1 } });
    const first = knock(address, Buffer.alloc(1));
    await eventually('closed at the door', async () => {
      await knock(address, Buffer.alloc(1));
      return to.logged.includes('warn link.not_accepted link.too_many_handshakes');
    });
    for (const socket of sockets) socket.destroy();
    await first;
  });

  it('survives a peer that accepts and says nothing, and an address that is none', async () => {
    const mute = createServer((socket) => void sockets.push(socket));
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const bound = mute.address();
    const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
    const from = real({ limits: { handshakeTimeoutMs: 50, heartbeatIntervalMs: 50 } });
    from.host.open({ boot: 'g-1@2', role: 'gateway', cluster: 'c' });
    from.host.setPeers([
      { boot: 'w-1@1', address: `127.0.0.1:${port}` },
      { boot: 'w-2@1', address: 'nowhere' },
      { boot: 'w-3@1', address: '127.0.0.1:99999' },
    ]);
    await eventually('both given up', () => from.logged.length === 3);
    expect([...from.logged].sort()).to.deep.equal([
      'warn link.not_dialled link.handshake_timeout',
      'warn link.not_dialled link.unreachable',
      'warn link.not_dialled link.unreachable',
    ]);
    for (const socket of sockets.splice(0)) socket.destroy();
    await from.host.close();
    await new Promise<void>((resolve) => mute.close(() => resolve()));
  });

  it('says which address it cannot listen on', async () => {
    const { address } = await pair();
    const port = Number(address.split(':')[1]);
    let code: unknown;
    await real()
      .host.listen({ host: '127.0.0.1', port })
      .catch((error: unknown) => {
        code = error instanceof Error && 'code' in error ? error.code : error;
      });
    expect(code).to.equal('link.listen_failed');
  });
});

/** A right HELLO whose length says one byte more. */
function longHello(): Buffer {
  const hello = encodedHandshake(dialler().said, 1024);
  hello.writeUInt32BE(hello.length - 4 + 1, 0);
  return Buffer.concat([hello, Buffer.alloc(1)]);
}
