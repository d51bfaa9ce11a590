/** The proxies of the chaos runs do what their faults are named after, on sockets of loopback. */
import { once } from 'node:events';
import { createServer, type Server, type Socket, connect as tcpConnect } from 'node:net';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { encodedHandshake, type Hello, nonceBytes } from '../../link/handshake.ts';
import { ChaosProxy } from '../support/chaos-proxy.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/servers/index.ts';

const host = '127.0.0.1';

describe('a chaos proxy', () => {
  const sockets = new Set<Socket>();
  let server: Server;
  let heard: string;
  let acceptor: Socket | undefined;
  let proxy: ChaosProxy;
  let port: number;

  beforeEach(async () => {
    heard = '';
    port = await freePort();
    server = createServer((socket) => {
      acceptor = socket;
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('data', (bytes) => {
        heard += String(bytes);
        socket.write(bytes);
      });
    }).listen(port, host);
    await once(server, 'listening');
    proxy = await ChaosProxy.start(port, 0);
  });

  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    await proxy.close();
    server.close();
    await once(server, 'close');
  });

  it('passes bytes and ends on', async () => {
    const dialler = await dial();
    dialler.socket.end('one');
    await eventually('the answer', () => dialler.answers() === 'one');
    await eventually('the end', () => dialler.socket.destroyed);
  });

  for (const direction of ['both', 'in', 'out'] as const) {
    it(`holds ${direction} back, and passes it on when that is over`, async () => {
      const dialler = await dial();
      proxy.trouble({ trouble: { kind: 'blackhole', direction }, dialler: undefined });
      dialler.socket.write('two');
      await eventually('something is held', () => proxy.suffered().bytesHeld === 3);
      expect(proxy.suffered().hit).to.equal(1);
      expect(heard).to.equal(direction === 'out' ? 'two' : '');
      expect(dialler.answers()).to.equal('');
      proxy.trouble(undefined);
      await eventually('the answer', () => dialler.answers() === 'two');
      expect(proxy.suffered().bytesHeld).to.equal(0);
    });
  }

  it('resets connections, and new ones too, until that is over', async () => {
    const dialler = await dial();
    proxy.trouble({ trouble: { kind: 'reset' }, dialler: undefined });
    await eventually('a reset', () => dialler.error() === 'ECONNRESET');
    await eventually('the other end', () => acceptor?.destroyed);
    const late = open();
    await eventually('the new one is reset', () => late.error() === 'ECONNRESET');
    proxy.trouble(undefined);
    const next = await dial();
    next.socket.write('three');
    await eventually('the answer', () => next.answers() === 'three');
  });

  it('delays bytes, in their order', async () => {
    const dialler = await dial();
    proxy.trouble({ trouble: { kind: 'delay', delayMs: 40 }, dialler: undefined });
    const startMs = performance.now();
    for (const letter of 'abc') dialler.socket.write(letter);
    await eventually('the answer', () => dialler.answers() === 'abc');
    // Both ways; timers may be a millisecond early.
    expect(performance.now() - startMs).to.be.greaterThan(78);
  });

  it('lets no more bytes through a second than it is told', async () => {
    const dialler = await dial();
    proxy.trouble({ trouble: { kind: 'throttle', bytesPerSecond: 2000 }, dialler: undefined });
    const startMs = performance.now();
    dialler.socket.write('x'.repeat(200));
    await eventually('the answer', () => dialler.answers().length === 200);
    expect(performance.now() - startMs).to.be.greaterThan(190);
  });

  it('leaves the connections of other diallers alone', async () => {
    const dialler = await dial();
    dialler.socket.write('who knows');
    await eventually('the answer', () => dialler.answers() === 'who knows');
    proxy.trouble({ trouble: { kind: 'reset' }, dialler: 'w-7' });
    dialler.socket.write('!');
    await eventually('the answer', () => dialler.answers() === 'who knows!');
    expect(proxy.suffered().hit).to.equal(0);
  });

  it('knows who dials a link, and troubles that one', async () => {
    const dialler = await dial();
    dialler.socket.write(hello('w-7@3'));
    await eventually('its answer', () => dialler.answers() !== '');
    expect(proxy.diallers()).to.deep.equal(['w-7']);
    const other = await dial();
    other.socket.write(hello('w-8@4'));
    await eventually('its answer', () => other.answers() !== '');
    proxy.trouble({ trouble: { kind: 'reset' }, dialler: 'w-7' });
    await eventually('a reset', () => dialler.error() === 'ECONNRESET');
    // A later one of the same dialler is known by its first frame.
    const later = await dial();
    later.socket.write(hello('w-7@3'));
    await eventually('a reset', () => later.error() === 'ECONNRESET');
    expect(other.socket.destroyed).to.equal(false);
  });

  it('refuses connections when it is closed, as if nobody were there', async () => {
    const { port: closedPort } = proxy;
    await proxy.close();
    const [error] = await once(tcpConnect(closedPort, host), 'error');
    expect(Reflect.get(error as Error, 'code')).to.equal('ECONNREFUSED');
    proxy = await ChaosProxy.start(port, closedPort);
  });

  function open() {
    const socket = tcpConnect(proxy.port, host);
    sockets.add(socket);
    let answers = '';
    let code = '';
    socket.on('data', (bytes) => (answers += String(bytes)));
    socket.on('error', (error) => (code = String(Reflect.get(error, 'code'))));
    return { socket, answers: () => answers, error: () => code };
  }

  /** Resolves when the server has it, too. */
  async function dial() {
    acceptor = undefined;
    const dialler = open();
    await eventually('accepted', () => acceptor);
    return dialler;
  }
});

/** The first frame of a link. */
function hello(boot: string): Uint8Array {
  const message: Hello = {
    type: 'HELLO',
    magic: 'RGWY',
    version: 1,
    nonce: Buffer.alloc(nonceBytes),
    role: 'worker',
    boot,
    cluster: 'c',
    to: 'w-1@0',
  };
  return encodedHandshake(message, 65_536);
}
