/** One record for many sockets: who gets what, encoded how often. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { ClientProtocol } from '../../../gateway/client-protocol.ts';
import { ClientSocket } from '../../../gateway/client-socket.ts';
import { ConnectionCounts } from '../../../gateway/connection-counts.ts';
import { deliverAccepted, deliverRecord, deliverVolatile } from '../../../gateway/delivery.ts';
import { gatewayDefaults } from '../../../gateway/options.ts';
import { rawProtocol } from '../../../gateway/protocol-raw.ts';
import { v1Protocol } from '../../../gateway/protocol-v1.ts';

const data = Buffer.from('1');
const push = { id: 'e', type: 't', format: 'json', data } as const;
const reply = { format: 'json', data } as const;

/** Clients whose sockets keep what is written; `waitingBytes` is what they say is unread. */
function clientsOf(protocols: Readonly<Record<string, ClientProtocol>>, waitingBytes = 0) {
  const written = new Map<string, Buffer[]>();
  const ended: [string, number][] = [];
  const counts = new ConnectionCounts(gatewayDefaults);
  const clients = new Map<string, ClientSocket>();
  for (const [session, protocol] of Object.entries(protocols)) {
    const place = counts.enter('n');
    if (typeof place === 'string') throw new Error(place);
    const frames: Buffer[] = [];
    written.set(session, frames);
    const client = new ClientSocket({
      ...{ session, protocol, place, number: 0, isResumed: false, limits: gatewayDefaults },
      identity: { user: 'u', key: 'user:u', expiresAtMs: undefined },
      nowMs: () => 0,
      listener: {
        onMessage: () => undefined,
        onEnded: (_client, code) => ended.push([session, code]),
        onGone: () => undefined,
      },
    });
    client.open({
      write: (bytes) => {
        frames.push(bytes);
        return waitingBytes;
      },
      ...{ ping: () => undefined, pause: () => undefined, resume: () => undefined },
      ...{ close: () => undefined, cut: () => undefined },
    });
    clients.set(session, client);
  }
  return { clients, written, ended };
}

const frame = (sessions: Readonly<Record<string, readonly (typeof reply)[]>>, pushes = [push]) => ({
  ...{ kind: 'frame' as const, key: 'user:u', offset: 3, pushes },
  sessions: Object.entries(sessions).map(([session, replies]) => ({ session, replies })),
});

describe('the delivery of a record', () => {
  it('writes the same bytes to all sockets of a flavour', () => {
    const protocols = { a: v1Protocol, b: v1Protocol, c: rawProtocol, d: rawProtocol };
    const { clients, written } = clientsOf(protocols);
    deliverRecord(frame({ a: [], b: [], c: [], d: [], gone: [] }), clients);
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((session) => written.get(session)?.[0]);
    expect(a).to.be.instanceOf(Buffer);
    expect(b).to.equal(a);
    expect(d).to.equal(c);
    expect(c).to.not.equal(a);
  });

  it('gives each session its own replies, in the one frame of the record', () => {
    const { clients, written } = clientsOf({ a: v1Protocol, b: v1Protocol });
    deliverRecord(frame({ a: [reply], b: [] }), clients);
    const [mine] = written.get('a') ?? [];
    const parts = JSON.parse(mine?.subarray(2).toString() ?? '') as { op: string }[];
    expect(parts.map(({ op }) => op)).to.deep.equal(['event', 'reply']);
    expect(written.get('b')?.[0]?.includes('reply')).to.equal(false);
  });

  it('writes nothing where a record holds nothing for a session', () => {
    const { clients, written } = clientsOf({ a: v1Protocol, b: v1Protocol });
    deliverRecord(frame({ a: [reply], b: [] }, []), clients);
    expect(written.get('a')).to.have.lengthOf(1);
    expect(written.get('b')).to.have.lengthOf(0);
  });

  it('shares volatile frames as well, and tells plain clients of no acceptance', () => {
    const { clients, written } = clientsOf({ a: v1Protocol, b: v1Protocol, c: rawProtocol });
    const sessions = ['a', 'b', 'c', 'gone'];
    deliverVolatile({ kind: 'volatile', sessions, type: '', format: 'json', data }, clients);
    expect(written.get('a')?.[0]).to.equal(written.get('b')?.[0]);
    for (const session of sessions) {
      deliverAccepted({ kind: 'accepted', session, n: 1, failure: '' }, clients);
    }
    expect([...written.values()].map((frames) => frames.length)).to.deep.equal([2, 2, 1]);
  });

  it('closes whoever has too much unread, and writes no more to it', () => {
    const { clients, written, ended } = clientsOf(
      { a: v1Protocol },
      gatewayDefaults.sendBufferBytesMax + 1,
    );
    deliverRecord(frame({ a: [] }), clients);
    deliverRecord(frame({ a: [] }), clients);
    expect(ended).to.deep.equal([['a', 4413]]);
    expect(written.get('a')).to.have.lengthOf(1);
  });
});
