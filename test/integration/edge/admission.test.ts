/** Who gets in: credentials, origins, limits, deadlines, and what refused clients leave behind. */
import { expect } from 'chai';
import { afterEach, describe, it } from 'mocha';
import type { Logger } from '../../../base/index.ts';
import { keysOfSecret } from '../../../gateway/token-keys.ts';
import { EdgeStage, type EdgeStageOptions, upgradeHead } from '../../support/edge-stage.ts';
import { eventually } from '../../support/eventually.ts';
import { hs256, secret } from '../../support/tokens.ts';

const now = Math.floor(Date.now() / 1000);
const token = hs256({ claims: { sub: 'alice', exp: now + 36000 } });
const bearer = { Authorization: `Bearer ${token}` };

async function rejection(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'accepted',
    (error: Error) => error.message,
  );
}

describe('admission', () => {
  const stages: EdgeStage[] = [];
  const start = async (parts: EdgeStageOptions = {}): Promise<EdgeStage> => {
    const stage = await new EdgeStage(parts).start();
    stages.push(stage);
    return stage;
  };
  afterEach(async () => {
    await Promise.all(stages.splice(0).map((stage) => stage.stop()));
  });

  it('S1 answers 401 without a token, before the core hears of it', async () => {
    const stage = await start({ keys: keysOfSecret(secret) });
    expect(await stage.answer(upgradeHead())).to.equal('401 auth.missing');
    expect(stage.inputs).to.deep.equal([]);
    const text = await stage.metrics.registry.metrics();
    expect(text).to.include('ringway_handshakes_total{outcome="auth.missing"} 1');
  });

  it('S2 survives resets in the middle of authentication', async () => {
    const options = { handshakesBurstPerAddress: 5_000, connectionsPerAddressMax: 5_000 };
    const stage = await start({ keys: keysOfSecret(secret), options });
    for (let round = 0; round < 10; round += 1) {
      const batch = Array.from({ length: 100 }, () => stage.raw(upgradeHead(bearer)));
      await Promise.all(
        batch.map(({ socket }) => new Promise((resolve) => socket.once('connect', resolve))),
      );
      for (const { socket } of batch) socket.resetAndDestroy();
    }
    const client = await stage.client('', ['ringway.v1'], { Authorization: `Bearer ${token}` });
    await eventually('a welcome', () => client.received.length === 1);
    await eventually('all places given back', () => stage.edge.connections === 1);
  });

  it('S3 compares origins exactly, and lets clients without one in', async () => {
    const stage = await start({ options: { allowedOrigins: ['https://app.example.com'] } });
    const answers: Record<string, string> = {};
    for (const Origin of [
      'https://app.example.com',
      'https://app.example.com.evil.io',
      'https://APP.example.com',
      'http://app.example.com',
      'null',
    ]) {
      answers[Origin] = await stage.answer(upgradeHead({ Origin }));
    }
    expect(answers).to.deep.equal({
      'https://app.example.com': '101',
      'https://app.example.com.evil.io': '403 origin.refused',
      'https://APP.example.com': '403 origin.refused',
      'http://app.example.com': '403 origin.refused',
      null: '403 origin.refused',
    });
    expect(await stage.answer(upgradeHead())).to.equal('101');
  });

  it('S5 refuses a token in the URL, and repeats it nowhere', async () => {
    const lines: string[] = [];
    const write = (event: string, fields?: object): void => {
      lines.push(event + JSON.stringify(fields ?? {}));
    };
    const logger: Logger = { info: write, warn: write, error: write, with: () => logger };
    const stage = await start({ keys: keysOfSecret(secret), logger });
    const inUrl = upgradeHead({}, `GET /ws?access_token=${token}&room=7 HTTP/1.1`);
    expect(await stage.answer(inUrl)).to.equal('401 auth.missing');
    const allowed = await start({
      keys: keysOfSecret(secret),
      logger,
      options: { allowsQueryToken: true },
    });
    expect(await allowed.answer(inUrl)).to.equal('101');
    const all = lines.join('') + (await allowed.metrics.registry.metrics());
    expect(all).to.not.include(token);
    expect(JSON.stringify(allowed.inputs)).to.not.include(token);
    expect(allowed.inputsOf('session.open')[0]?.about.query).to.equal('room=7');
  });

  it('S6 takes a token from a subprotocol and echoes only its own name', async () => {
    const stage = await start({ keys: keysOfSecret(secret) });
    const offer = { 'Sec-WebSocket-Protocol': `bearer.${token}, ringway.v1` };
    const connection = stage.raw(upgradeHead(offer));
    await eventually('101', () => connection.text.includes('"welcome"'));
    expect(connection.text).to.include('Sec-WebSocket-Protocol: ringway.v1\r\n');
    expect(connection.text).to.not.include(token);
    const alone = { 'Sec-WebSocket-Protocol': `bearer.${token}` };
    expect(await stage.answer(upgradeHead(alone))).to.equal('400 upgrade.subprotocol');
  });

  it('S10 closes half a request, and silence, within 3 seconds', async () => {
    const stage = await start({ options: { headerTimeoutMs: 500 } });
    const half = stage.raw('GET /ws?user=alice HTTP/1.1\r\nHost: a\r\n');
    const silent = stage.raw('');
    await eventually('both closed', () => half.isClosed && silent.isClosed, 3_000);
    expect(half.text).to.match(/^HTTP\/1\.1 408 /);
  });

  it('answers 503 when the session is not attached in time, and closes it', async () => {
    const stage = await start({ options: { attachTimeoutMs: 100 } });
    stage.attaches = false;
    expect(await stage.answer(upgradeHead())).to.equal('503 attach.timeout');
    expect(stage.inputs.map(({ kind }) => kind)).to.deep.equal(['session.open', 'session.close']);
    expect(stage.edge.connections).to.equal(0);
  });

  it('closes the session of a client that hangs up before it is attached', async () => {
    const stage = await start({ options: { attachTimeoutMs: 60_000 } });
    stage.attaches = false;
    const connection = stage.raw(upgradeHead());
    await eventually('the session', () => stage.inputs.length === 1);
    connection.socket.resetAndDestroy();
    await eventually('its end', () => stage.inputs.length === 2);
    expect(stage.inputs[1]).to.include({ kind: 'session.close', code: 1006 });
    expect(stage.edge.connections).to.equal(0);
  });

  it('S52 bounds connections per user, per address and in all, and tells when to come back', async () => {
    const perUser = await start({ options: { connectionsPerUserMax: 2 } });
    const first = await perUser.client('?user=a');
    await perUser.client('?user=a');
    const third = perUser.raw(upgradeHead({}, 'GET /ws?user=a HTTP/1.1'));
    await eventually('429', () => third.text.includes('connections.user'));
    expect(third.text).to.match(/^HTTP\/1\.1 429 .*Retry-After: 5\r\n/s);
    await perUser.client('?user=b');
    first.ws.terminate();
    await eventually('a place', () => perUser.edge.connections === 2);
    await perUser.client('?user=a');

    const perAddress = await start({ options: { connectionsPerAddressMax: 1 } });
    await perAddress.client('?user=a');
    expect(await perAddress.answer(upgradeHead())).to.equal('429 connections.address');
    const inAll = await start({ options: { connectionsMax: 1 } });
    await inAll.client('?user=a');
    expect(await inAll.answer(upgradeHead())).to.equal('503 connections.total');
  });

  it('S13 S52 bounds the rate of handshakes, whatever address a client claims', async () => {
    const stage = await start({
      options: { handshakesPerSecondPerAddress: 1, handshakesBurstPerAddress: 2 },
    });
    const claim = (n: number) => upgradeHead({ 'X-Forwarded-For': `10.0.0.${n}` });
    const answers = [];
    for (let n = 1; n <= 3; n += 1) answers.push(await stage.answer(claim(n)));
    expect(answers).to.deep.equal(['101', '101', '429 rate.address']);
    const total = await start({ options: { handshakesPerSecond: 1, handshakesBurst: 1 } });
    expect(await total.answer(upgradeHead())).to.equal('101');
    expect(await total.answer(upgradeHead())).to.equal('503 rate.total');
  });

  it('S63 makes no new metric series for hostile users', async () => {
    const stage = await start({ options: { handshakesBurstPerAddress: 1_000 } });
    const series = async () => (await stage.metrics.registry.metrics()).split('\n').length;
    await stage.client('?user=one');
    await stage.answer(upgradeHead({}, 'GET /ws?user=%07 HTTP/1.1'));
    const before = await series();
    for (let n = 0; n < 200; n += 1) {
      await stage.answer(upgradeHead({ Origin: `https://${n}` }, `GET /ws?user=u${n} HTTP/1.1`));
    }
    expect((await series()) - before).to.be.at.most(2);
  });

  it('S65 gives users with names of Object.prototype their own sessions', async () => {
    const stage = await start();
    const users = ['__proto__', 'constructor', 'hasOwnProperty'];
    const clients = await Promise.all(users.map((user) => stage.client(`?user=${user}`)));
    expect(stage.inputsOf('session.open').map(({ key }) => key)).to.have.members(
      users.map((user) => `user:${user}`),
    );
    for (const open of stage.inputsOf('session.open')) stage.push([open.session], `"${open.key}"`);
    await eventually('one push each', () => clients.every(({ received }) => received.length === 1));
    expect(clients.map(({ received }) => received[0])).to.have.members(
      users.map((user) => `"user:${user}"`),
    );
  });

  it('S28 resumes for the same user only, and ends the older socket', async () => {
    const stage = await start();
    const first = await stage.client('?user=alice', ['ringway.v1']);
    await eventually('a welcome', () => first.received.length === 1);
    const { session } = JSON.parse(first.received[0] ?? '') as { session: string };
    const resume = `&resume=c-1-1.0&session=${session}`;
    expect(await rejection(stage.client(`?user=bob${resume}`, ['ringway.v1']))).to.include('403');
    const second = await stage.client(`?user=alice${resume}`, ['ringway.v1']);
    await eventually('the end of the first', () => first.closed !== undefined);
    expect(first.closed).to.equal('4509 session taken over');
    const kinds = stage.inputs.map(({ kind }) => kind);
    expect(kinds).to.deep.equal(['session.open', 'session.close', 'session.open']);
    const [older, newer] = stage.inputsOf('session.open');
    expect(newer?.session).to.equal(session);
    expect(newer?.position).to.deep.equal({ epoch: 'c-1-1', next: 0 });
    expect(newer?.connection).to.be.greaterThan(older?.connection ?? Number.NaN);
    expect(second.closed).to.equal(undefined);
  });

  it('answers 400 to a malformed resume, and leaves the parameters to plain clients', async () => {
    const stage = await start();
    const sessionId = 'a'.repeat(32);
    for (const query of [
      'resume=c-1-1.0',
      `session=${sessionId}`,
      `resume=c-1-1.-1&session=${sessionId}`,
      `resume=c-1-1.01&session=${sessionId}`,
      `resume=c-1-1.9007199254740993&session=${sessionId}`,
      `resume=.1&session=${sessionId}`,
      'resume=c-1-1.1&session=../x',
      `resume=c-1-1.1&resume=c-1-1.2&session=${sessionId}`,
    ]) {
      const refused = stage.client(`?user=alice&${query}`, ['ringway.v1']);
      expect(await rejection(refused), query).to.include('400');
    }
    await stage.client('?user=alice&resume=mine');
  });
});
