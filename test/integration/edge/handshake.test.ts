/** The forty handshakes: everything that is not exactly an upgrade request is refused. */
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { EdgeStage, upgradeHead } from '../../support/edge-stage.ts';
import { eventually } from '../../support/eventually.ts';

type Case = readonly [name: string, request: string | Buffer, answer: string];

const line = (text: string): string => upgradeHead({}, text);
const withHeader = (text: string): string =>
  upgradeHead().replace(/\r\n\r\n$/, `\r\n${text}\r\n\r\n`);
const without = (name: string): string => upgradeHead({ [name]: undefined });
const manyHeaders = Array.from({ length: 2_500 }, (_, i) => `a${i % 10}:`).join('\r\n');

const cases: readonly Case[] = [
  ['H1 a valid request', upgradeHead(), '101'],
  ['H2 HTTP/1.0', line('GET /ws?user=alice HTTP/1.0'), '400 http.version'],
  ['H3 POST', line('POST /ws?user=alice HTTP/1.1'), '405 http.method'],
  ['H4 no Upgrade', without('Upgrade'), '426 upgrade.required'],
  ['H5 Upgrade: h2c', upgradeHead({ Upgrade: 'h2c' }), '400 upgrade.protocol'],
  ['H6 WebSocket in another case', upgradeHead({ Upgrade: 'WebSocket' }), '101'],
  ['H7 no Connection', without('Connection'), '426 upgrade.required'],
  ['H8 keep-alive, Upgrade', upgradeHead({ Connection: 'keep-alive, Upgrade' }), '101'],
  ['H9 no key', without('Sec-WebSocket-Key'), '400 upgrade.key'],
  [
    'H10 a key of 15 bytes',
    upgradeHead({ 'Sec-WebSocket-Key': 'MDEyMzQ1Njc4OWFiY2Rl' }),
    '400 upgrade.key',
  ],
  [
    'H11 a key of 17 bytes',
    upgradeHead({ 'Sec-WebSocket-Key': 'MDEyMzQ1Njc4OWFiY2RlZmc=' }),
    '400 upgrade.key',
  ],
  [
    'H12 a key that is no base64',
    upgradeHead({ 'Sec-WebSocket-Key': '!!!!!!!!!!!!!!!!!!!!!!==' }),
    '400 upgrade.key',
  ],
  ['H13 two keys', withHeader('Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='), '400 upgrade.key'],
  ['H14 no version', without('Sec-WebSocket-Version'), '426 upgrade.version'],
  ['H15 version 8', upgradeHead({ 'Sec-WebSocket-Version': '8' }), '426 upgrade.version'],
  ['H16 version 12', upgradeHead({ 'Sec-WebSocket-Version': '12' }), '426 upgrade.version'],
  ['H17 version 13, 8', upgradeHead({ 'Sec-WebSocket-Version': '13, 8' }), '426 upgrade.version'],
  ['H18 version 0x0d', upgradeHead({ 'Sec-WebSocket-Version': '0x0d' }), '426 upgrade.version'],
  ['H19 version 13.0', upgradeHead({ 'Sec-WebSocket-Version': '13.0' }), '426 upgrade.version'],
  ['H20 no Host', without('Host'), '400 http.host'],
  ['H21 two Hosts', withHeader('Host: other'), '400 http.host'],
  [
    'H22 subprotocols a,,b',
    upgradeHead({ 'Sec-WebSocket-Protocol': 'a,,b' }),
    '400 upgrade.subprotocol',
  ],
  [
    'H23 a subprotocol twice',
    upgradeHead({ 'Sec-WebSocket-Protocol': 'ringway.v1, ringway.v1' }),
    '400 upgrade.subprotocol',
  ],
  ['H24 malformed extensions', upgradeHead({ 'Sec-WebSocket-Extensions': ';;;=' }), '101'],
  ['H25 deflate offered', upgradeHead({ 'Sec-WebSocket-Extensions': 'permessage-deflate' }), '101'],
  ['H26 a header of 17 KiB', withHeader(`X-Big: ${'x'.repeat(17_408)}`), '431 http.header_bytes'],
  // Too many and too much: which is noticed first differs between Node versions.
  ['H27 2,500 headers', withHeader(manyHeaders), '431 http.header_'],
  [
    'H27b 65 headers',
    withHeader(Array.from({ length: 60 }, (_, i) => `a: ${i}`).join('\r\n')),
    '431 http.header_count',
  ],
  ['H28 a body by Content-Length', `${withHeader('Content-Length: 5')}hello`, '400 http.body'],
  ['H29 a chunked body', `${withHeader('Transfer-Encoding: chunked')}0\r\n\r\n`, '400 http.body'],
  [
    'H30 both',
    `${withHeader('Content-Length: 5\r\nTransfer-Encoding: chunked')}hello`,
    '400 http.malformed',
  ],
  ['H31 a folded header', withHeader('X-A: b\r\n c'), '400 http.malformed'],
  ['H32 bare line feeds', upgradeHead().replaceAll('\r\n', '\n'), '400 http.malformed'],
  ['H33 a space before the colon', withHeader('X-A : b'), '400 http.malformed'],
  ['H34 NUL in a header', withHeader('X-A: \0'), '400 http.malformed'],
  [
    'H35 an absolute target',
    line('GET http://evil.example/ws?user=alice HTTP/1.1'),
    '400 http.target',
  ],
  [
    'H36 CONNECT',
    'CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n',
    '405 http.method',
  ],
  ['H37 a header named __proto__', withHeader('__proto__: polluted'), '101'],
  ['H38 a TLS hello', Buffer.from('16030100c8010000c40303', 'hex'), '400 http.malformed'],
  ['H40 an HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', '400 http.malformed'],
  ['S7 an expectation', withHeader('Expect: 100-continue'), '400 http.body'],
  ['S16 a doubled slash', line('GET //ws?user=alice HTTP/1.1'), '404 http.not_found'],
  ['S16 dot segments', line('GET /ws/../admin HTTP/1.1'), '404 http.not_found'],
  ['S16 an encoded slash', line('GET /ws%2f?user=alice HTTP/1.1'), '404 http.not_found'],
  ['S16 a path parameter', line('GET /ws;a?user=alice HTTP/1.1'), '404 http.not_found'],
  [
    'S90 the metrics on this port',
    'GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n',
    '404 http.not_found',
  ],
  ['S1 no user at all', line('GET /ws HTTP/1.1'), '401 auth.missing'],
];

describe('the handshake', () => {
  let stage: EdgeStage;
  before(async () => {
    stage = await new EdgeStage({ options: { handshakesBurstPerAddress: 1_000 } }).start();
  });
  after(() => stage.stop());

  for (const [name, request, answer] of cases) {
    it(`answers ${answer} to ${name}`, async () => {
      const given = await stage.answer(request);
      expect(answer.endsWith('_') ? given.slice(0, answer.length) : given).to.equal(answer);
    });
  }

  it('names version 13 in its answer to another version, and nothing about itself', async () => {
    const connection = stage.raw(upgradeHead({ 'Sec-WebSocket-Version': '8' }));
    await eventually('the end', () => connection.isClosed);
    expect(connection.text).to.include('Sec-WebSocket-Version: 13\r\n');
    expect(connection.text.toLowerCase()).to.not.match(/server:|x-powered|at .*\.ts|node/);
  });

  it('H37 leaves Object.prototype alone', () => {
    expect(({} as Record<string, unknown>).polluted).to.equal(undefined);
  });

  it('H39 holds a frame sent with the request until the session is attached', async () => {
    stage.attaches = false;
    const frame = Buffer.from('818200000000', 'hex');
    const pipelined = Buffer.concat([Buffer.from(upgradeHead()), frame, Buffer.from('hi')]);
    const opened = stage.inputsOf('session.open').length;
    const connection = stage.raw(pipelined);
    const open = await eventually('the session', () => stage.inputsOf('session.open')[opened]);
    expect(connection.text).to.equal('');
    expect(stage.inputsOf('session.message')).to.have.lengthOf(0);
    stage.attach(open.session);
    const [message] = await eventually('the message', () => {
      const messages = stage.inputsOf('session.message');
      return messages.length > 0 && messages;
    });
    expect(Buffer.from(message?.data ?? []).toString()).to.equal('hi');
    stage.attaches = true;
  });
});
