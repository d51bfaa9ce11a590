/** Frames that RFC 6455 forbids, or that would cost too much: the close code of each. */
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { EdgeStage, type RawConnection, upgradeHead } from '../../support/edge-stage.ts';
import { eventually } from '../../support/eventually.ts';

/** A client frame: masked with zeros, so that its payload is readable. */
function frame(first: number, payload: string | Buffer): Buffer {
  const body = Buffer.from(payload);
  const mask = Buffer.alloc(4);
  if (body.length < 126)
    return Buffer.concat([Buffer.from([first, 0x80 | body.length]), mask, body]);
  const head = Buffer.from([first, 0xfe, body.length >> 8, body.length & 0xff]);
  return Buffer.concat([head, mask, body]);
}

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
const unmasked = hex('81 02 68 69');
const hello = frame(0x81, 'hi');
const closeFrame = (code: number): Buffer => frame(0x88, Buffer.from([code >> 8, code & 0xff]));
const repeated = (piece: Buffer, times: number): Buffer =>
  Buffer.concat(Array.from({ length: times }, () => piece));

type Case = readonly [name: string, bytes: Buffer, closeCode: number];

const cases: readonly Case[] = [
  ['an unmasked text frame', unmasked, 1002],
  ['an unmasked close frame', hex('88 02 03 e8'), 1002],
  ['RSV1', frame(0xc1, 'hi'), 1002],
  ['RSV2', frame(0xa1, 'hi'), 1002],
  ['RSV3', frame(0x91, 'hi'), 1002],
  ['RSV1 on a ping', frame(0xc9, ''), 1002],
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map(
    (opcode): Case => [`opcode ${opcode}`, frame(0x80 | opcode, ''), 1002],
  ),
  ['a ping of 126 bytes', frame(0x89, Buffer.alloc(126)), 1002],
  ['a fragmented ping', frame(0x09, ''), 1002],
  ['a fragmented close', frame(0x08, ''), 1002],
  ['a continuation of nothing', frame(0x80, 'x'), 1002],
  ['a text frame inside a fragmented message', repeated(frame(0x01, 'x'), 2), 1002],
  [
    'a binary frame inside a fragmented message',
    Buffer.concat([frame(0x01, 'x'), frame(0x82, 'x')]),
    1002,
  ],
  ['a close between fragments', Buffer.concat([frame(0x01, 'x'), closeFrame(1000)]), 1000],
  ['66 fragments', Buffer.concat([frame(0x01, 'x'), repeated(frame(0x00, 'x'), 65)]), 1008],
  ['66 empty fragments', Buffer.concat([frame(0x01, ''), repeated(frame(0x00, ''), 65)]), 1008],
  ['invalid UTF-8', frame(0x81, hex('ff')), 1007],
  ['UTF-8 cut at the end', frame(0x81, hex('e282')), 1007],
  ['overlong UTF-8', frame(0x81, hex('c0af')), 1007],
  ['a surrogate in UTF-8', frame(0x81, hex('eda080')), 1007],
  ['UTF-8 above U+10FFFF', frame(0x81, hex('f4908080')), 1007],
  ['a close frame of 1 byte', frame(0x88, 'x'), 1002],
  ['a close reason that is not UTF-8', frame(0x88, hex('03e8ff')), 1007],
  ...[0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535].map(
    (code): Case => [`close code ${code}`, closeFrame(code), 1002],
  ),
  ...[1000, 1001, 1011, 3000, 4999].map(
    (code): Case => [`close code ${code}`, closeFrame(code), code],
  ),
  ['data after a close frame', Buffer.concat([closeFrame(1000), hello]), 1000],
  ['a length of 2^62, header only', hex('82 ff 4000000000000000 00000000'), 1009],
  ['a length with the top bit set', hex('82 ff ffffffffffffffff 00000000'), 1009],
  ['a message of messageBytesMax + 1', frame(0x82, Buffer.alloc(1_025)), 1009],
  [
    'fragments adding up to messageBytesMax + 1',
    Buffer.concat([frame(0x02, Buffer.alloc(1_000)), frame(0x80, Buffer.alloc(25))]),
    1009,
  ],
];

describe('frames of a client', () => {
  let stage: EdgeStage;
  let seen = 0;
  before(async () => {
    const options = { handshakesBurstPerAddress: 1_000, messageBytesMax: 1_024 };
    stage = await new EdgeStage({ options }).start();
  });
  after(() => stage.stop());

  async function upgraded(): Promise<RawConnection> {
    const connection = stage.raw(upgradeHead());
    await eventually('101', () => connection.text.includes('\r\n\r\n'));
    connection.bytes = Buffer.alloc(0);
    return connection;
  }

  for (const [name, bytes, code] of cases) {
    it(`${name}: ${code}`, async () => {
      const connection = await upgraded();
      connection.socket.write(bytes);
      await eventually('a close frame', () => connection.bytes.length >= 4);
      expect(connection.bytes[0]).to.equal(0x88);
      expect(connection.bytes.readUInt16BE(2)).to.equal(code);
      // The application and the metrics see the code that was sent, not the 1006 that came back.
      connection.socket.destroy();
      const closes = () =>
        stage.inputs.flatMap((i) => (i.kind === 'session.close' ? [i.code] : []));
      const before = seen;
      await eventually('the end of the session', () => closes().length > before);
      seen = closes().length;
      expect(closes().at(-1)).to.equal(code);
    });
  }

  it('ends a burst of pings with 4429, however few ticks it takes', async () => {
    const connection = await upgraded();
    connection.socket.write(repeated(frame(0x89, ''), 1_000));
    const tooMany = Buffer.from([0x11, 0x4d]);
    await eventually('a close frame', () => connection.bytes.includes(tooMany));
    expect(connection.bytes.subarray(0, 800)).to.deep.equal(repeated(hex('8a 00'), 400));
  });

  it('answers a ping of 125 bytes, and one between fragments, then takes the message', async () => {
    stage.echoes = true;
    const connection = await upgraded();
    const ping = frame(0x89, Buffer.alloc(125, 7));
    connection.socket.write(Buffer.concat([frame(0x01, 'he'), ping, frame(0x80, 'llo')]));
    await eventually('pong and echo', () => connection.bytes.length >= 127 + 7);
    expect(connection.bytes.subarray(0, 3).toString('hex')).to.equal('8a7d07');
    expect(connection.bytes.subarray(127).toString('latin1')).to.equal('\x81\x05hello');
  });

  it('takes a message of exactly messageBytesMax', async () => {
    stage.echoes = true;
    const connection = await upgraded();
    connection.socket.write(frame(0x82, Buffer.alloc(1_024, 1)));
    await eventually('the echo', () => connection.bytes.length >= 1_028);
    expect(connection.bytes[0]).to.equal(0x82);
  });

  it('S42 closes with 1008 when a frame comes in more chunks than chunksMax', async () => {
    const small = await new EdgeStage({ options: { chunksMax: 16 } }).start();
    try {
      const connection = small.raw(upgradeHead());
      await eventually('101', () => connection.text.includes('\r\n\r\n'));
      connection.bytes = Buffer.alloc(0);
      connection.socket.setNoDelay(true);
      connection.socket.write(frame(0x82, Buffer.alloc(500)).subarray(0, 8));
      await eventually('a close frame', () => {
        if (connection.bytes.length < 4) connection.socket.write(Buffer.alloc(1));
        return connection.bytes.length >= 4;
      });
      expect(connection.bytes.readUInt16BE(2)).to.equal(1008);
    } finally {
      await small.stop();
    }
  });
});
