/** Frames and flavours: bytes out, bytes in, and what of a client's JSON is passed on. */
import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import * as ws from 'ws';
import { jsonMembers } from '../../../gateway/json-members.ts';
import { rawProtocol } from '../../../gateway/protocol-raw.ts';
import { v1Protocol } from '../../../gateway/protocol-v1.ts';
import { selectProtocol } from '../../../gateway/select-protocol.ts';
import { opcodes, socketFrame } from '../../../gateway/socket-frame.ts';
import type { Push } from '../../../link/index.ts';

/** The parser of a client; exported by the package, and missing from its published types. */
interface Parser {
  on(event: 'message', listener: (data: Buffer, isBinary: boolean) => void): void;
  on(event: 'error', listener: (error: Error) => void): void;
  write(bytes: Buffer): void;
}
const { Receiver } = ws as unknown as { Receiver: new (options: object) => Parser };

/** What a client receives of these bytes: `t:` text or `b:` hex, one for each message. */
function heard(bytes: Buffer): string[] {
  const messages: string[] = [];
  const receiver = new Receiver({ isServer: false, maxPayload: 1 << 20 });
  receiver.on('message', (data: Buffer, isBinary: boolean) => {
    messages.push(isBinary ? `b:${data.toString('hex')}` : `t:${data.toString('utf8')}`);
  });
  receiver.on('error', (error: Error) => {
    throw error;
  });
  receiver.write(bytes);
  return messages;
}

const push = (data: string | Buffer, format: Push['format'] = 'json', id = 'e-1'): Push => ({
  ...{ id, type: 'note', format },
  data: Buffer.from(data),
});
const next = { n: 1, isExact: true };

describe('a socket frame', () => {
  for (const length of [0, 1, 125, 126, 127, 65_535, 65_536, 70_000]) {
    it(`of ${length} bytes is what a client's parser expects`, () => {
      const payload = Buffer.alloc(length, 0x61);
      expect(heard(socketFrame(opcodes.text, payload))).to.deep.equal([`t:${payload}`]);
      expect(heard(socketFrame(opcodes.binary, payload))).to.deep.equal([
        `b:${payload.toString('hex')}`,
      ]);
    });
  }
});

describe('ringway.v1', () => {
  it('splices JSON as it came, and quotes text and binary', () => {
    const record = v1Protocol.record(
      7,
      [push('{"a":1.0, "b":12345678901234567890}'), push('a "b"', 'text'), push('', 'json')],
      [{ format: 'binary', data: Buffer.from([0, 255]) }],
    );
    expect(heard(record)).to.deep.equal([
      't:[{"op":"event","offset":7,"id":"e-1","type":"note","data":{"a":1.0, "b":12345678901234567890}}' +
        ',{"op":"event","offset":7,"id":"e-1","type":"note","data":"a \\"b\\""}' +
        ',{"op":"event","offset":7,"id":"e-1","type":"note","data":null}' +
        ',{"op":"reply","offset":7,"data_base64":"AP8="}]',
    ]);
  });

  it('sends one part as one object, ids and types quoted', () => {
    const [text = ''] = heard(v1Protocol.record(1, [push('1', 'json', 'a"\u2028')], []));
    expect(JSON.parse(text.slice(2))).to.deep.equal({
      ...{ op: 'event', offset: 1, id: 'a"\u2028', type: 'note', data: 1 },
    });
  });

  it('never sends text that is not UTF-8', () => {
    const [text = ''] = heard(v1Protocol.record(1, [push(Buffer.from('ff', 'hex'), 'text')], []));
    expect(JSON.parse(text.slice(2))).to.include({ data_base64: '/w==' });
  });

  it('sends volatile pushes and replies without an offset', () => {
    const part = { format: 'json', data: Buffer.from('1') } as const;
    expect(heard(v1Protocol.volatile('', part))).to.deep.equal(['t:{"op":"reply","data":1}']);
    expect(heard(v1Protocol.volatile('cursor', part))).to.deep.equal([
      't:{"op":"event","type":"cursor","data":1}',
    ]);
  });

  it('names the failure of a message that was handled in vain', () => {
    expect(heard(v1Protocol.accepted(3, 'threw') ?? Buffer.alloc(0))).to.deep.equal([
      't:{"op":"accepted","id":3,"error":"threw"}',
    ]);
  });

  it('passes on the bytes of any JSON value, with any order and spacing of the fields', () => {
    const value = fc.json({ maxDepth: 4 });
    const space = fc.constantFrom('', ' ', '\n\t', '  ');
    const order = fc.shuffledSubarray(['op', 'id', 'data'], { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(value, space, order, (json, gap, names) => {
        const fields: Record<string, string> = { op: '"message"', id: '1', data: json };
        const members = names.map((name) => `${gap}"${name}"${gap}:${gap}${fields[name]}${gap}`);
        const result = v1Protocol.hear(
          Buffer.from(`${gap}{${members.join(',')}}${gap}`),
          false,
          next,
        );
        expect(result).to.deep.include({ ok: true, n: 1, format: 'json' });
        expect(result.ok && Buffer.from(result.data).toString()).to.equal(json.trim());
      }),
    );
  });

  it('knows a name by what it means, not by how it is escaped', () => {
    const text = '{"\\u006fp":"message","id":1,"data":"}],\\"{"}';
    const result = v1Protocol.hear(Buffer.from(text), false, next);
    expect(result.ok && Buffer.from(result.data).toString()).to.equal('"}],\\"{"');
  });
});

describe('the places of JSON members', () => {
  it('agree with JSON.parse on any object', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.nat(3), (object, indent) => {
        const text = Buffer.from(JSON.stringify(object, undefined, indent));
        const members = jsonMembers(text);
        const seen = [...(members ?? [])].map(([name, { from, to }]) => [
          name,
          JSON.parse(text.toString('utf8', from, to)),
        ]);
        expect(seen).to.deep.equal(Object.entries(JSON.parse(text.toString())));
      }),
    );
  });

  for (const text of ['', '1', '[]', '"{}"', '{', '{"a":1,"a":2}', '{"a":1}x', '\ufeff{}']) {
    it(`are refused in ${JSON.stringify(text)}`, () => {
      expect(jsonMembers(Buffer.from(text))).to.equal(undefined);
    });
  }
});

describe('the plain flavour', () => {
  it('sends each part as a frame of its own, all in one piece', () => {
    const bytes = rawProtocol.record(
      1,
      [push('{"a":1}'), push('hi', 'text'), push(Buffer.from([1]), 'binary')],
      [{ format: 'text', data: Buffer.from('re') }],
    );
    expect(heard(bytes)).to.deep.equal(['t:{"a":1}', 't:hi', 'b:01', 't:re']);
  });

  it('sends text that is not UTF-8 as binary, or the client would hang up', () => {
    expect(
      heard(rawProtocol.record(1, [push(Buffer.from('ff', 'hex'), 'text')], [])),
    ).to.deep.equal(['b:ff']);
  });
});

describe('the choice of the flavour', () => {
  it('prefers ringway.v1, and refuses offers without a known name', () => {
    expect(selectProtocol([])).to.equal(rawProtocol);
    expect(selectProtocol(['ringway.raw', 'ringway.v1'])).to.equal(v1Protocol);
    expect(selectProtocol(['bearer.x', 'ringway.raw'])).to.equal(rawProtocol);
    expect(selectProtocol(['chat'])).to.equal(undefined);
    expect(selectProtocol(['bearer.x'])).to.equal(undefined);
  });
});
