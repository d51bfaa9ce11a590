/** How connections to RabbitMQ are made, lost and ended: where the client library hangs or crashes. */
import { createServer } from 'node:net';
import { expect } from 'chai';
import { afterEach, before, beforeEach, describe, it } from 'mocha';
import { systemClock } from '../../../base/index.ts';
import { type AmqpConnection, dial } from '../../../events/amqp-connection.ts';
import { createAmqpPublisher, createRabbitBus, parseAmqpUrls } from '../../../events/index.ts';
import { acknowledging, eventOf, idsOf, keyIn } from '../../support/bus-stage.ts';
import { eventually } from '../../support/eventually.ts';
import { countingClock } from '../../support/rabbitmq/counting-clock.ts';
import { recordingLogger } from '../../support/rabbitmq/log.ts';
import { type BrokerProxy, startBrokerProxy } from '../../support/rabbitmq/proxy.ts';
import { fast, keepConsuming, rabbitStage } from '../../support/rabbitmq/stage.ts';
import {
  describeWithOwnServers,
  type RabbitServer,
  serverStartTimeoutMs,
  sharedRabbitServer,
} from '../../support/servers/index.ts';

describeWithOwnServers('a connection to RabbitMQ', ['rabbitmq'], () => {
  let rabbit: RabbitServer;
  let proxy: BrokerProxy;
  const warnings: Error[] = [];
  const onWarning = (warning: Error): void => {
    warnings.push(warning);
  };

  before(async function () {
    this.timeout(serverStartTimeoutMs);
    rabbit = await sharedRabbitServer();
  });

  beforeEach(async () => {
    warnings.length = 0;
    process.on('warning', onWarning);
    proxy = await startBrokerProxy(rabbit.url);
  });

  afterEach(async () => {
    process.off('warning', onWarning);
    await proxy.close();
    expect(warnings).to.deep.equal([]);
  });

  const dialThrough = (
    url: string,
    closings: unknown[],
    connectTimeoutMs = 2000,
  ): Promise<AmqpConnection> => {
    const [address] = parseAmqpUrls([url], 'the test');
    if (address === undefined) throw new Error('no address');
    return dial(address, {
      name: 'test',
      clock: systemClock,
      connectTimeoutMs,
      operationTimeoutMs: 500,
      heartbeatSeconds: 5,
      onClosed: (reason) => closings.push(reason),
      onBlocked: () => undefined,
    });
  };

  describe('lost at any point while it is made', () => {
    it('is refused or reported lost, and never adopted dead', async function () {
      this.timeout(30_000);
      const whole = await dialThrough(proxy.url, []);
      const bytes = proxy.bytes;
      await whole.close(1000);
      expect(bytes).to.be.greaterThan(400);
      const points = [1, 8, ...Array.from({ length: 14 }, (_, i) => Math.round((bytes * i) / 14))];
      let refused = 0;
      for (const point of [...points.filter((at) => at > 0), ...lastOf(bytes, 40)]) {
        proxy.cutAfterBytes = point;
        const closings: unknown[] = [];
        try {
          await dialThrough(proxy.url, closings);
          await eventually('told that it is lost', () => closings.length === 1);
        } catch (error) {
          expect(error).to.have.property('code', 'bus.unavailable');
          expect(closings).to.deep.equal([]);
          refused += 1;
        }
      }
      expect(refused).to.be.greaterThan(10);
      await eventually('no connection left', () => proxy.open === 0);
    });

    it('is refused when the broker says goodbye along with its welcome', async () => {
      let farewells = 0;
      proxy.rewrite = (chunk) => {
        if (!chunk.includes(openOk)) return chunk;
        farewells += 1;
        return Buffer.concat([chunk, forcedClose]);
      };
      const failure = await dialThrough(proxy.url, []).catch((error: unknown) => error);
      expect(failure).to.have.property('code', 'bus.unavailable');
      expect(failure).to.have.property('message').that.contains('320');
      expect(farewells).to.equal(1);
    });

    it('is made again, until it lasts', async () => {
      proxy.cutAfterBytes = 520;
      const publisher = createAmqpPublisher({ urls: [proxy.url], ...fast });
      await eventually('three attempts', () => proxy.connections >= 3);
      expect(publisher.trouble).to.equal('bus.unavailable');
      proxy.cutAfterBytes = undefined;
      await publisher.ready();
      await publisher.close(1000);
    });
  });

  describe('to a broker that accepts and says nothing', () => {
    it('is given up after connectTimeoutMs, socket and all', async () => {
      proxy.hush();
      const failure = await dialThrough(proxy.url, [], 200).catch((error: unknown) => error);
      expect(failure).to.have.property('code', 'bus.unavailable');
      expect(failure).to.have.property('message').that.contains('connectTimeoutMs');
      expect(proxy.connections).to.equal(1);
      proxy.heal();
      await eventually('the socket is gone', () => proxy.open === 0);
    });

    it('makes way for the next address', async () => {
      proxy.hush();
      const urls = [proxy.url, rabbit.url];
      const publisher = createAmqpPublisher({ urls, ...fast, connectTimeoutMs: 200 });
      await publisher.ready();
      expect(proxy.connections).to.equal(1);
      await publisher.close(1000);
    });

    it('is noticed by the heartbeat, and its end is bounded', async function () {
      this.timeout(20_000);
      const stage = await rabbitStage(rabbit, { heartbeatSeconds: 1, operationTimeoutMs: 300 });
      const reader = acknowledging();
      stage.bus.consume(2, 10, reader);
      await stage.bus.publishEvent(eventOf(keyIn(2, 4), 'a'));
      await eventually('consuming', () => reader.deliveries.length === 1);
      stage.proxy.hush();
      const underWay = stage.bus.publishEvent(eventOf(keyIn(2, 4), 'b')).catch((error) => error);
      await eventually('noticed', () => stage.bus.trouble === 'bus.unavailable', 8000);
      expect(await underWay).to.have.property('code', 'bus.unavailable');
      await eventually('the consumer was told', () => reader.closings === 1, 8000);
      const startMs = performance.now();
      await stage.close();
      expect(performance.now() - startMs).to.be.lessThan(5000);
    });

    it('closes within the time given, and keeps no socket half open', async () => {
      const closings: unknown[] = [];
      const before = openSockets();
      const connection = await dialThrough(proxy.url, closings);
      proxy.hush();
      await connection.close(100);
      await eventually('only the proxy’s are left', () => openSockets() <= before + 2);
      proxy.heal();
      await eventually('those too', () => proxy.open === 0);
      expect(closings).to.deep.equal([]);
    });

    it('is dropped over a channel that it does not open', async () => {
      const closings: unknown[] = [];
      const connection = await dialThrough(proxy.url, closings);
      proxy.hush();
      const opening = connection.openChannel('confirm', { onClosed: () => undefined });
      const failure = await opening.catch((error: unknown) => error);
      expect(failure).to.have.property('message').that.contains('operationTimeoutMs');
      expect(closings).to.have.lengthOf(1);
    });
  });

  describe('to what is no broker', () => {
    const answers = [
      ['hangs up', ''],
      ['speaks HTTP', 'HTTP/1.1 400 Bad Request\r\n\r\nThis is no AMQP, and long enough.'],
      ['speaks another AMQP', 'AMQP\0\u0001\0\0'],
    ] as const;
    for (const [name, answer] of answers) {
      it(`fails in order: it ${name}`, async () => {
        const server = createServer((socket) => {
          socket.on('error', () => undefined).resume();
          socket.end(answer);
        });
        await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
        const address = server.address();
        const port = typeof address === 'object' && address !== null ? address.port : 0;
        const failure = await dialThrough(`amqp://127.0.0.1:${port}`, []).catch((error) => error);
        expect(failure).to.include({ code: 'bus.unavailable', retryable: true });
        await new Promise((resolve) => server.close(resolve));
      });
    }
  });

  describe('refused for good', () => {
    const password = 'not-the-password';
    const cases = [
      ['a wrong password', (url: string) => url.replace(':guest@', `:${password}@`), /login/],
      ['an unknown virtual host', (url: string) => `${url}/nowhere`, /virtual host/],
    ] as const;
    for (const [name, change, words] of cases) {
      it(`says so at the start: ${name}`, async () => {
        const { logger, lines } = recordingLogger();
        const urls = [change(rabbit.url)];
        const bus = createRabbitBus({ urls, partitions: 4, logger, ...fast });
        const failure = await bus.ready().catch((error: unknown) => error);
        expect(failure).to.include({ code: 'bus.denied', retryable: false });
        expect(failure).to.have.property('message').that.matches(words);
        expect(failure).to.have.property('message').that.contains('RINGWAY_RABBITMQ');
        expect(bus.trouble).to.equal('bus.unavailable');
        const code = await bus.publishEvent(eventOf('user:a', 'a')).catch((error) => error.code);
        expect(code).to.equal('bus.denied');
        await bus.close();
        expect(lines.map(({ level, event }) => [level, event])).to.deep.equal([
          ['error', 'amqp.denied'],
        ]);
        expect(JSON.stringify([lines, String(failure)])).to.not.contain(password);
      });
    }

    it('is tried again, for passwords can be put right', async () => {
      const url = await rabbit.createVhost();
      await rabbit.deleteVhost(url);
      const publisher = createAmqpPublisher({ urls: [url], ...fast });
      expect(await publisher.ready().catch((error) => error.code)).to.equal('bus.denied');
      const name = new URL(url).pathname.slice(1);
      await rabbit.evaluate(
        `ok = rabbit_vhost:add(<<"${name}">>, <<"test">>), ` +
          `rabbit_auth_backend_internal:set_permissions(<<"guest">>, <<"${name}">>, <<".*">>, <<".*">>, <<".*">>, <<"test">>)`,
      );
      await publisher.ready();
      await publisher.close(1000);
      await rabbit.deleteVhost(url);
    });
  });

  it('leaves no timer, socket or listener behind over 50 reconnects', async function () {
    this.timeout(40_000);
    const clock = countingClock();
    const stage = await rabbitStage(rabbit, { clock });
    const reader = acknowledging();
    const stop = keepConsuming(stage.bus, 2, 10, reader);
    const stopFeed = stage.bus.subscribeOut(() => undefined);
    const up = (what: string): Promise<unknown> =>
      eventually(what, async () => {
        if (stage.bus.trouble !== undefined || stage.proxy.open !== 2) return false;
        await stage.bus.publishEvent(eventOf(keyIn(2, 4), what)).catch(() => undefined);
        return idsOf(reader).includes(what);
      });
    await up('first');
    await eventually('at rest', () => clock.timers === 0);
    for (let i = 1; i <= 50; i += 1) {
      stage.proxy.dropAll();
      await up(`reconnect ${i}`);
    }
    expect(reader.closings).to.equal(50);
    await eventually('at rest', () => clock.timers === 0);
    expect(stage.proxy.open).to.equal(2);
    stopFeed();
    await stop();
    await stage.close();
  });
});

/** The class and method of `connection.open-ok`. */
const openOk = Buffer.from([0, 10, 0, 41]);
/** `connection.close` with 320, as a broker that is shut down sends it. */
const forcedClose = Buffer.from([
  ...[1, 0, 0, 0, 0, 0, 12],
  ...[0, 10, 0, 50, 320 >> 8, 320 & 255, 1, 120, 0, 0, 0, 0],
  0xce,
]);

/** Connections of this process, both ends of its own. */
function openSockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
}

function lastOf(bytes: number, count: number): number[] {
  return Array.from({ length: count / 4 }, (_, i) => bytes - count + i * 4);
}
