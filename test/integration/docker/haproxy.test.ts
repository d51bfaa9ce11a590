import { once } from 'node:events';
import { request } from 'node:http';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { WebSocket } from 'ws';
import { exampleVariables, readComposeFile } from '../../support/containers/compose-file.ts';
import type { Container } from '../../support/containers/container.ts';
import { startHaproxy } from '../../support/containers/haproxy.ts';
import { Network, type Place } from '../../support/containers/network.ts';
import { StandInGateway } from '../../support/containers/stand-in-gateway.ts';
import { eventually } from '../../support/eventually.ts';

const compose = readComposeFile(exampleVariables);
const token = `Bearer ${exampleVariables.RINGWAY_ADMIN_TOKEN}`;

describe('docker/haproxy.cfg', function () {
  this.timeout(180_000);
  let network: Network;
  let haproxy: Container;
  let gateways: StandInGateway[];
  let places: Place[];
  let sockets: WebSocket[];

  beforeEach(async () => {
    network = new Network();
    await network.start();
    gateways = [];
    places = [];
    sockets = [];
    haproxy = startHaproxy(compose, network);
  });

  afterEach(async () => {
    for (const socket of sockets) socket.terminate();
    await haproxy.kill();
    await Promise.all(gateways.map((gateway) => gateway.close()));
    await network.stop();
  });

  async function addGateway(): Promise<StandInGateway> {
    const place = network.join('gateway');
    const gateway = await new StandInGateway().listen(place.address);
    gateways.push(gateway);
    places.push(place);
    return gateway;
  }

  async function connect(headers: Readonly<Record<string, string>> = {}): Promise<WebSocket> {
    const socket = new WebSocket(`ws://${haproxy.address}:8080/ws`, { headers });
    sockets.push(socket);
    await once(socket, 'open');
    return socket;
  }

  interface Asked {
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string>>;
  }

  function ask({ method = 'GET', headers = {} }: Asked): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      const options = { host: haproxy.address, port: 8081, path: '/v1/ring', method };
      const asked = request({ ...options, headers: { host: '127.0.0.1:8081', ...headers } });
      asked.on('error', reject).on('response', (response) => {
        response.resume().on('end', () => resolve(response.statusCode));
      });
      asked.end();
    });
  }

  it('is healthy only while a gateway is ready', async () => {
    const health = `http://${haproxy.address}:8082/`;
    const status = (): Promise<number> =>
      fetch(health).then(
        (answer) => answer.status,
        () => 0,
      );
    await eventually('it runs and has no gateway', async () => (await status()) === 503, 60_000);
    expect(await haproxy.checkHealth()).not.to.equal(0);
    const gateway = await addGateway();
    await haproxy.untilHealthy(60_000);
    gateway.isReady = false;
    await eventually('unhealthy again', async () => (await haproxy.checkHealth()) !== 0, 60_000);
  });

  it('spreads sockets evenly over the gateways that its name server tells it', async () => {
    const first = await addGateway();
    const second = await addGateway();
    await haproxy.untilHealthy(60_000);
    await eventually(
      'both are used',
      async () => {
        await connect();
        return first.openSockets > 0 && second.openSockets > 0;
      },
      60_000,
    );
    const before = first.openSockets + second.openSockets;
    for (let i = 0; i < 10; i += 1) await connect();
    expect(first.openSockets + second.openSockets).to.equal(before + 10);
    expect(Math.abs(first.openSockets - second.openSockets)).to.be.at.most(1);
  });

  it('sends nobody to a gateway that drains, and leaves its open sockets alone', async () => {
    const leaving = await addGateway();
    await haproxy.untilHealthy(60_000);
    const old = await connect();
    leaving.isReady = false;
    const staying = await addGateway();
    // Its health comes back with the other one: the first is known to drain by then.
    await eventually(
      'the first is out',
      () => / gateways\/gateway-\d is DOWN/.test(haproxy.output),
      10_000,
    );
    await haproxy.untilHealthy(60_000);
    const before = leaving.handshakes.length;
    for (let i = 0; i < 4; i += 1) await connect();
    expect(leaving.handshakes).to.have.length(before);
    expect(staying.openSockets).to.equal(4);
    old.send('still here');
    const [echoed] = await once(old, 'message');
    expect(String(echoed)).to.equal('still here');
  });

  it('takes a handshake that one gateway refuses as not ready to another', async () => {
    const refusing = await addGateway();
    refusing.refusesHandshakes = true;
    const taking = await addGateway();
    await haproxy.untilHealthy(60_000);
    await eventually('both are known', () => connect().then(() => refusing.refused > 0), 60_000);
    const before = taking.openSockets;
    for (let i = 0; i < 6; i += 1) await connect();
    expect(taking.openSockets).to.equal(before + 6);
  });

  it('finds a gateway that comes back with another address', async () => {
    await addGateway();
    await haproxy.untilHealthy(60_000);
    await connect();
    const [old, place] = [gateways[0], places[0]];
    if (old === undefined || place === undefined) throw new Error('no gateway');
    network.leave('gateway', place);
    await old.close();
    gateways.length = 0;
    await eventually('the old one is out', async () => (await haproxy.checkHealth()) !== 0, 60_000);
    const other = await addGateway();
    await eventually('it is found', async () => (await haproxy.checkHealth()) === 0, 60_000);
    await eventually('it is used', () => connect().then(() => other.openSockets > 0), 60_000);
  });

  it('tells gateways the address of the client, whatever the client said', async () => {
    const gateway = await addGateway();
    await haproxy.untilHealthy(60_000);
    await connect({ 'x-forwarded-for': '203.0.113.9' });
    expect(gateway.handshakes.at(-1)?.headers['x-forwarded-for']).to.match(/^127\.[\d.]+$/);
  });

  it('shows the token for whoever reads on loopback, but not for changes', async () => {
    const gateway = await addGateway();
    await haproxy.untilHealthy(60_000);
    const shown = (): string | undefined => gateway.adminRequests.at(-1)?.headers.authorization;
    await eventually('it serves', async () => (await ask({})) === 200, 60_000);
    expect(shown()).to.equal(token);
    await ask({ method: 'POST' });
    expect(shown()).to.equal(undefined);
    await ask({ method: 'POST', headers: { authorization: 'Bearer mine' } });
    expect(shown()).to.equal('Bearer mine');
    await ask({ headers: { authorization: 'Bearer mine' } });
    expect(shown()).to.equal('Bearer mine');
  });

  it('refuses what a web page of another site can make a browser send', async () => {
    const gateway = await addGateway();
    await haproxy.untilHealthy(60_000);
    await eventually('it serves', async () => (await ask({})) === 200, 60_000);
    const own = [
      { origin: 'http://127.0.0.1:8081', 'sec-fetch-site': 'same-origin' },
      { host: 'localhost:8081', origin: 'http://localhost:8081' },
      { 'sec-fetch-site': 'none' },
    ];
    for (const headers of own) expect(await ask({ headers })).to.equal(200);
    const before = gateway.adminRequests.length;
    const foreign = [
      { host: 'rebound.example:8081' },
      { host: '127.0.0.1.rebound.example' },
      { origin: 'https://evil.example' },
      { origin: 'http://localhost:8081' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ];
    for (const headers of foreign) {
      expect(await ask({ headers }), JSON.stringify(headers)).to.equal(403);
    }
    expect(gateway.adminRequests).to.have.length(before);
  });

  it('stops on the signal that its image sends, also while sockets are open', async () => {
    await addGateway();
    await haproxy.untilHealthy(60_000);
    const socket = await connect();
    const closed = once(socket, 'close');
    await haproxy.stop();
    await closed;
  });
});
