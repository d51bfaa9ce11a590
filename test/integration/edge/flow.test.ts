/** What flows on open sockets: messages, records, limits, heartbeats, expiry, drain. */
import { expect } from 'chai';
import { afterEach, describe, it } from 'mocha';
import { keysOfSecret } from '../../../gateway/token-keys.ts';
import { EdgeStage, type EdgeStageOptions, type StageClient } from '../../support/edge-stage.ts';
import { eventually } from '../../support/eventually.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { hs256, secret } from '../../support/tokens.ts';

const v1 = ['ringway.v1'];

describe('an open connection', () => {
  const stages: EdgeStage[] = [];
  const start = async (parts: EdgeStageOptions = {}): Promise<EdgeStage> => {
    const stage = await new EdgeStage(parts).start();
    stages.push(stage);
    return stage;
  };
  afterEach(async () => {
    for (const stage of stages.splice(0)) await stage.stop();
  });
  const closed = (client: StageClient): Promise<string> =>
    eventually('a close', () => client.closed);
  const received = (client: StageClient, count: number): Promise<string[]> =>
    eventually(`${count} frames`, () => client.received.length >= count && client.received);

  it('passes the bytes of a plain client through, both ways', async () => {
    const stage = await start();
    stage.echoes = true;
    const client = await stage.client('?user=alice');
    client.ws.send('hi');
    client.ws.send(Buffer.from([0, 255]));
    expect(await received(client, 2)).to.deep.equal(['hi', 'x:00ff']);
    expect(stage.inputsOf('session.message').map(({ n, format }) => [n, format])).to.deep.equal([
      [1, 'text'],
      [2, 'binary'],
    ]);
  });

  it('speaks ringway.v1: welcome, reply, accepted, event', async () => {
    const stage = await start();
    stage.echoes = true;
    const client = await stage.client('?user=alice', v1);
    client.ws.send('{"op":"message","id":1,"data":{"big":12345678901234567890}}');
    await received(client, 3);
    const session = stage.inputsOf('session.open')[0]?.session ?? '';
    stage.push([session], '{ "a" : 1.0 }');
    expect(await received(client, 4)).to.deep.equal([
      `{"op":"welcome","session":"${session}","key":"user:alice","epoch":"c-1-1","offset":0,"recovered":true}`,
      '{"op":"reply","offset":0,"data":{"big":12345678901234567890}}',
      '{"op":"accepted","id":1}',
      '{"op":"event","offset":1,"id":"e-1","type":"note","data":{ "a" : 1.0 }}',
    ]);
  });

  it('tells a loss by a second welcome, and to a plain client by closing', async () => {
    const stage = await start();
    const first = await stage.client('?user=alice', v1);
    const plain = await stage.client('?user=bob');
    for (const { session } of stage.inputsOf('session.open')) stage.attach(session, false, false);
    const [, welcome] = await received(first, 2);
    expect(JSON.parse(welcome ?? '')).to.include({ recovered: false, reason: 'window' });
    expect(await closed(plain)).to.equal('4410 state lost');
  });

  const refused: readonly (readonly [string, string | Buffer, string])[] = [
    ['S49 a binary frame', Buffer.from('{}'), '1003 text frames only'],
    ['S48 64 KiB of brackets', '['.repeat(65_536), '4400 invalid message'],
    [
      'S48 deep nesting beside the data',
      `{"op":"message","id":1,"data":1,"x":${'['.repeat(9)}${']'.repeat(9)}}`,
      '4400 invalid message',
    ],
    [
      'S48 __proto__ as a field',
      '{"op":"message","id":1,"data":1,"__proto__":{"admin":true}}',
      '4400 invalid message',
    ],
    ['S48 a field twice', '{"op":"message","id":1,"id":1,"data":1}', '4400 invalid message'],
    ['S49 an unknown op', '{"op":"admin","id":1,"data":1}', '4400 invalid message'],
    ['S49 no data', '{"op":"message","id":1}', '4400 invalid message'],
    ['S49 an array', '[{"op":"message","id":1,"data":1}]', '4400 invalid message'],
    ...['-1', '0', '2', '9007199254740992', '1e308', '"1"', 'null', '1.0', 'true', '[1]'].map(
      (id) =>
        [`S50 id ${id}`, `{"op":"message","id":${id},"data":1}`, '4400 invalid message'] as const,
    ),
  ];
  for (const [name, message, close] of refused) {
    it(`closes with ${close} on ${name}`, async () => {
      const stage = await start({ options: { messageBytesMax: 70_000 } });
      const client = await stage.client('?user=alice', v1);
      client.ws.send(message);
      expect(await closed(client)).to.equal(close);
      expect(stage.inputsOf('session.message')).to.deep.equal([]);
      expect(({} as Record<string, unknown>).admin).to.equal(undefined);
    });
  }

  it('lets a resumed client begin at any message, then wants each next one', async () => {
    const stage = await start();
    const client = await stage.client(`?user=a&resume=c-1-1.4&session=${'a'.repeat(32)}`, v1);
    for (const id of [7, 8, 10]) client.ws.send(`{"op":"message","id":${id},"data":null}`);
    expect(await closed(client)).to.equal('4400 invalid message');
    expect(stage.inputsOf('session.message').map(({ n }) => n)).to.deep.equal([7, 8]);
  });

  it('S47 closes a client that sends more than its rate, after the burst', async () => {
    const stage = await start({ options: { messagesPerSecond: 1, messagesBurst: 5 } });
    const client = await stage.client('?user=alice');
    for (let n = 0; n < 8; n += 1) client.ws.send('x');
    expect(await closed(client)).to.equal('4429 message rate');
    expect(stage.inputsOf('session.message')).to.have.lengthOf(5);
  });

  it('S43 counts pings like messages', async () => {
    const stage = await start({ options: { messagesPerSecond: 1, messagesBurst: 5 } });
    const client = await stage.client('?user=alice');
    for (let n = 0; n < 8; n += 1) client.ws.ping();
    expect(await closed(client)).to.equal('4429 message rate');
  });

  it('S46 closes a client that does not read, and no other', async () => {
    const options = { sendBufferBytesMax: 100_000, closeTimeoutMs: 200 };
    const stage = await start({ options });
    const slow = await stage.client('?user=slow');
    const quick = await stage.client('?user=quick');
    const sessions = stage.inputsOf('session.open').map(({ session }) => session);
    slow.ws.pause();
    const text = JSON.stringify('x'.repeat(50_000));
    let sent = 0;
    await eventually('the slow one closed', () => {
      for (let n = 0; n < 20; n += 1, sent += 1) stage.push(sessions, text);
      return stage.inputsOf('session.close').length > 0;
    });
    expect(stage.inputsOf('session.close')).to.deep.equal([
      { kind: 'session.close', session: sessions[0], code: 4413, reason: 'slow client' },
    ]);
    await received(quick, sent);
    expect(quick.closed).to.equal(undefined);
    await eventually('its place given back', () => stage.edge.connections === 1);
  });

  it('stops reading a paused session, and goes on', async () => {
    const stage = await start();
    const client = await stage.client('?user=alice');
    const session = stage.inputsOf('session.open')[0]?.session ?? '';
    stage.apply({ kind: 'pause', session });
    client.ws.send('held');
    const other = await stage.client('?user=bob');
    other.ws.send('not held');
    await eventually('the other one', () => stage.inputsOf('session.message').length === 1);
    stage.apply({ kind: 'unpause', session });
    await eventually('both', () => stage.inputsOf('session.message').length === 2);
  });

  it('closes what the core closes, without telling it', async () => {
    const stage = await start();
    const client = await stage.client('?user=alice');
    const session = stage.inputsOf('session.open')[0]?.session ?? '';
    stage.apply({ kind: 'close', session, code: 1013, reason: 'no worker' });
    expect(await closed(client)).to.equal('1013 no worker');
    expect(stage.inputsOf('session.close')).to.deep.equal([]);
  });

  it('tells the core the code and reason of a client that leaves', async () => {
    const stage = await start();
    const client = await stage.client('?user=alice');
    client.ws.close(4001, 'bye');
    const [end] = await eventually('its end', () => {
      const ends = stage.inputsOf('session.close');
      return ends.length > 0 && ends;
    });
    expect(end).to.include({ code: 4001, reason: 'bye' });
  });

  it('S26 closes with 4401 when the token has expired, after the skew', async () => {
    const clock = createFakeClock();
    const exp = Math.floor(clock.wallMs() / 1000) + 3;
    const stage = await start({ clock, keys: keysOfSecret(secret) });
    const headers = { Authorization: `Bearer ${hs256({ claims: { sub: 'alice', exp } })}` };
    const client = await stage.client('', v1, headers);
    clock.advance(7_500);
    expect(stage.inputsOf('session.close')).to.deep.equal([]);
    clock.advance(1_000);
    expect(await closed(client)).to.equal('4401 token expired');
  });

  it('closes a client that answers no ping, and keeps one that does', async () => {
    const clock = createFakeClock();
    const stage = await start({ clock, options: { heartbeatIntervalMs: 2_000 } });
    const deaf = await stage.client('?user=deaf');
    const alive = await stage.client('?user=alive');
    let pings = 0;
    alive.ws.on('ping', () => {
      pings += 1;
    });
    deaf.ws.pause();
    for (let beat = 1; beat <= 3; beat += 1) {
      clock.advance(2_000);
      await eventually('a ping', () => pings === beat);
      // The pong has to be here before the next beat: a message after it proves that.
      alive.ws.send('x');
      await eventually('the message', () => stage.inputsOf('session.message').length === beat);
    }
    expect(stage.inputsOf('session.close').map(({ code }) => code)).to.deep.equal([4408]);
    expect(alive.closed).to.equal(undefined);
  });

  it('drains: goaway to ringway.v1, sockets closed evenly over the window, nobody let in', async () => {
    const clock = createFakeClock();
    const stage = await start({ clock });
    const clients: StageClient[] = [];
    for (let n = 0; n < 4; n += 1) clients.push(await stage.client(`?user=u${n}`, v1));
    const gone = (): number => stage.inputsOf('session.close').length;
    const draining = stage.edge.drain(4_000);
    await Promise.all(clients.map((client) => received(client, 2)));
    const goaways = clients.map(({ received: [, frame = ''] }) => JSON.parse(frame));
    expect(goaways).to.deep.equal(
      [0, 1_000, 2_000, 3_000].map((retryAfterMs) => ({ op: 'goaway', retryAfterMs })),
    );
    clock.advance(1_000);
    expect(gone()).to.be.within(1, 2);
    clock.advance(1_500);
    expect(gone()).to.equal(3);
    clock.advance(1_600);
    expect(await Promise.all(clients.map(closed))).to.deep.equal(
      Array.from({ length: 4 }, () => '1012 service restart'),
    );
    await draining;
  });
});
