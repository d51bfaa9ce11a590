import { expect } from 'chai';
import { describe, it } from 'mocha';
import { seededRandom } from '../../../base/index.ts';
import { type ClientEvent, ClientSession } from '../../../cli/client-session.ts';
import type { ClientSocketListener } from '../../../cli/client-socket.ts';
import { createFakeClock, type FakeClock } from '../../support/fake-clock.ts';

interface FakeSocket extends ClientSocketListener {
  readonly address: URL;
  readonly sent: unknown[];
  closedWith: number | undefined;
  /** A frame from the gateway. */
  say(frame: unknown): void;
}

interface Scene {
  readonly session: ClientSession;
  readonly clock: FakeClock;
  readonly sockets: FakeSocket[];
  readonly log: string[];
  readonly frames: ClientEvent[];
}

const welcome = { op: 'welcome', session: 's1', key: 'user:alice', epoch: 'c-1-0', offset: 5 };

function scene(): Scene {
  const clock = createFakeClock();
  const sockets: FakeSocket[] = [];
  const log: string[] = [];
  const frames: ClientEvent[] = [];
  const session = new ClientSession({
    address: 'ws://gateway/ws',
    user: 'alice',
    token: undefined,
    clock,
    random: seededRandom(1),
    open(dial, listener) {
      const socket: FakeSocket = {
        ...listener,
        address: new URL(dial.address),
        sent: [],
        closedWith: undefined,
        say: (frame) => listener.onText(JSON.stringify(frame)),
      };
      sockets.push(socket);
      return {
        send: (text) => socket.sent.push(JSON.parse(text)),
        close: (code) => {
          socket.closedWith = code;
        },
      };
    },
    listener: {
      onFrame: (frame) => frames.push(frame),
      onBroken: (why) => log.push(`broken: ${why}`),
      onClosed: (why) => log.push(`closed: ${why}`),
    },
  });
  return { session, clock, sockets, log, frames };
}

function last(sockets: readonly FakeSocket[]): FakeSocket {
  const socket = sockets.at(-1);
  if (socket === undefined) throw new Error('no socket was opened');
  return socket;
}

describe('the session of ringway connect', () => {
  it('names the user, and sends what was typed before the welcome after it', () => {
    const { session, sockets } = scene();
    const socket = last(sockets);
    session.send('early');
    expect(socket.address.search).to.equal('?user=alice');
    expect(socket.sent).to.deep.equal([]);
    socket.say(welcome);
    expect(socket.sent).to.deep.equal([{ op: 'message', id: 1, data: 'early' }]);
  });

  it('comes back to the record after the last one it saw', () => {
    const { sockets, clock, log } = scene();
    last(sockets).say(welcome);
    last(sockets).say({ op: 'event', offset: 7, id: 'e', type: 't', data: 1 });
    last(sockets).say([
      { op: 'event', offset: 9, id: 'f', type: 't', data: 1 },
      { op: 'reply', offset: 9, data: 2 },
    ]);
    last(sockets).onClose(1006, '', '');
    clock.advance(10_000);
    expect(log).to.deep.equal(['broken: 1006']);
    expect(sockets).to.have.length(2);
    expect(last(sockets).address.searchParams.get('resume')).to.equal('c-1-0.10');
    expect(last(sockets).address.searchParams.get('session')).to.equal('s1');
  });

  it('sends again what was not answered, under the same number', () => {
    const { session, sockets, clock } = scene();
    last(sockets).say(welcome);
    session.send('a');
    session.send('b');
    last(sockets).say({ op: 'accepted', id: 1 });
    last(sockets).onClose(1012, 'service restart', '');
    clock.advance(10_000);
    last(sockets).say(welcome);
    expect(last(sockets).sent).to.deep.equal([{ op: 'message', id: 2, data: 'b' }]);
  });

  it('takes a second welcome on an open socket for news, not for a new start', () => {
    const { session, sockets } = scene();
    last(sockets).say(welcome);
    session.send('a');
    last(sockets).say({ ...welcome, epoch: 'c-2-0', recovered: false });
    expect(last(sockets).sent).to.have.length(1);
  });

  it('gives up when it was never let in, and when told not to come back', () => {
    const refused = scene();
    last(refused.sockets).onClose(1006, '', 'Unexpected server response: 401');
    const takenOver = scene();
    last(takenOver.sockets).say(welcome);
    last(takenOver.sockets).onClose(4509, 'session taken over', '');
    expect(refused.log).to.deep.equal(['closed: Unexpected server response: 401']);
    expect(takenOver.log).to.deep.equal(['closed: 4509 session taken over']);
    expect([refused.clock.timers, takenOver.clock.timers]).to.deep.equal([0, 0]);
  });

  it('closes after the last answer when asked to, and not before', () => {
    const { session, sockets, log } = scene();
    session.send('a');
    session.closeWhenAnswered();
    last(sockets).say(welcome);
    expect(last(sockets).closedWith).to.equal(undefined);
    last(sockets).say({ op: 'accepted', id: 1 });
    expect(last(sockets).closedWith).to.equal(1000);
    last(sockets).onClose(1000, '', '');
    expect(log).to.deep.equal(['closed: closed']);
  });

  it('leaves no timer behind when it is closed between two attempts', () => {
    const { session, sockets, clock, log } = scene();
    last(sockets).say(welcome);
    last(sockets).onClose(1006, '', '');
    session.close();
    expect(clock.timers).to.equal(0);
    expect(log).to.deep.equal(['broken: 1006', 'closed: closed']);
  });

  it('refuses to queue without end', () => {
    const { session } = scene();
    for (let n = 0; n < 1000; n += 1) session.send(n);
    expect(() => session.send('one more')).to.throw('1000 messages without an answer');
  });
});
