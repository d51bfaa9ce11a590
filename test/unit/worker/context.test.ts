import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { Application, HandlerContext, MessageContext } from '../../../worker/application.ts';
import {
  bytesOf,
  closeInput,
  eventInput,
  messageInput,
  openInput,
  returnedBy,
  runEffect,
  runOnce,
  textOf,
  thrownBy,
} from './run-fixture.ts';

/** The outcome of a message handler. */
const onMessage = (handler: (ctx: MessageContext) => void): Application => ({ onMessage: handler });

describe('the context of a handler', () => {
  it('turns strings into text, bytes into binary and all else into JSON', async () => {
    const values: readonly unknown[] = ['hé', new Uint8Array([1, 2]), { a: [1] }, 7, null, true];
    const application = onMessage((ctx) => {
      for (const value of values) ctx.key.push(value);
    });
    const { pushes } = await returnedBy(application, runEffect(messageInput('x')));
    expect(pushes.map(({ format }) => format)).to.deep.equal([
      'text',
      'binary',
      'json',
      'json',
      'json',
      'json',
    ]);
    expect(pushes.map(({ data }) => textOf(data))).to.deep.equal([
      'hé',
      '\u0001\u0002',
      '{"a":[1]}',
      '7',
      'null',
      'true',
    ]);
  });

  it('refuses at the call what JSON would lose', async () => {
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    const hostile = {
      toJSON() {
        throw new Error('no');
      },
    };
    const values = [undefined, () => 1, Symbol('s'), 1n, { n: 1n }, circular, hostile];
    const lost = [
      Promise.resolve(1),
      new Map(),
      new Set(),
      new ArrayBuffer(2),
      new Float64Array(2),
    ];
    const codes: unknown[] = [];
    const application = onMessage((ctx) => {
      for (const value of [...values, ...lost]) {
        codes.push(thrownBy(() => ctx.session.send(value)).code);
        codes.push(thrownBy(() => ctx.publish(value)).code);
      }
    });
    const outcome = await returnedBy(application, runEffect(messageInput('x')));
    expect(codes).to.have.length(24);
    expect(new Set(codes)).to.deep.equal(new Set(['value.unsupported']));
    expect([outcome.replies, outcome.outward]).to.deep.equal([[], []]);
  });

  it('copies bytes at the call', async () => {
    const mine = Buffer.from('before');
    const application = onMessage((ctx) => {
      ctx.session.send(mine);
      mine.fill('x');
    });
    const { replies } = await returnedBy(application, runEffect(messageInput('x')));
    expect(textOf(replies[0]?.data)).to.equal('before');
  });

  it('gives a handler its own copy of the bytes that came', async () => {
    const input = messageInput('original');
    await returnedBy(
      onMessage((ctx) => {
        ctx.message.data.fill(0);
      }),
      runEffect(input),
    );
    expect(input.kind === 'message' && textOf(input.data)).to.equal('original');
  });

  it('passes an event on as it came, with its id and type', async () => {
    const application: Application = {
      onEvent(ctx) {
        expect([ctx.event.id, ctx.event.type, ctx.event.source]).to.deep.equal([
          'e-7',
          'order.paid',
          '/shop',
        ]);
        expect(ctx.event.json()).to.deep.equal({ sum: 3 });
        ctx.key.push(ctx.event);
        ctx.send('user:bob', ctx.event);
      },
    };
    const { pushes, outward } = await returnedBy(application, runEffect(eventInput('{"sum":3}')));
    const carried = { type: 'order.paid', format: 'json', data: bytesOf('{"sum":3}') };
    expect(pushes).to.deep.equal([{ id: 'e-7', ...carried }]);
    expect(outward).to.deep.equal([{ to: 'event', topic: 'user:bob', ...carried }]);
  });

  it('names pushes after the input, each differently', async () => {
    const application = onMessage((ctx) => {
      ctx.key.push('a');
      ctx.key.push('b', { id: 'mine', type: 'note' });
      ctx.key.push('c');
    });
    const { pushes } = await returnedBy(application, runEffect(messageInput('x')));
    expect(pushes.map(({ id, type }) => `${id} ${type}`)).to.deep.equal([
      'in-1.1 message',
      'mine note',
      'in-1.3 message',
    ]);
  });

  it('sends events to other keys and messages to backends', async () => {
    const application = onMessage((ctx) => {
      ctx.send('user:bob', { type: 'hello', data: { n: 1 } });
      ctx.publish('out');
      ctx.publish(ctx.message, { suffix: 'audit', type: 'seen' });
    });
    const { outward } = await returnedBy(application, runEffect(messageInput('x')));
    expect(outward.map(({ to, topic, type, format }) => [to, topic, type, format])).to.deep.equal([
      ['event', 'user:bob', 'hello', 'json'],
      ['out', 'message.user:alice', 'ringway.message', 'text'],
      ['out', 'message.user:alice.audit', 'seen', 'text'],
    ]);
  });

  it('refuses names that a broker could not carry', async () => {
    const codes: unknown[] = [];
    const application = onMessage((ctx) => {
      const event = { type: 't', data: 1 };
      for (const key of ['', 'k'.repeat(241), '\ud800', 'a\u0001', 7, undefined]) {
        // As JavaScript callers may.
        codes.push(thrownBy(() => Reflect.apply(ctx.send, ctx, [key, event])).code);
      }
      codes.push(thrownBy(() => ctx.send('user:bob', { ...event, type: '' })).code);
      codes.push(thrownBy(() => ctx.send('user:bob', { ...event, type: 'a\nb' })).code);
      codes.push(thrownBy(() => ctx.key.push(1, { id: '\u0000' })).code);
      codes.push(thrownBy(() => ctx.publish(1, { suffix: 's'.repeat(250) })).code);
      codes.push(thrownBy(() => ctx.key.push(1, { type: 'é'.repeat(128) })).code);
      ctx.send('k'.repeat(240), event);
      ctx.send('__proto__', event);
    });
    const { outward } = await returnedBy(application, runEffect(messageInput('x')));
    expect(codes).to.deep.equal(new Array(11).fill('name.invalid'));
    expect(outward).to.have.length(2);
  });

  it('tells open and close handlers about the client', async () => {
    const seen: unknown[] = [];
    const application: Application = {
      onOpen(ctx) {
        seen.push(ctx.session.id, ctx.session.user, ctx.session.about.query);
        ctx.session.send('welcome');
      },
      onClose(ctx) {
        seen.push(ctx.session.id, ctx.close.code, ctx.close.reason);
      },
    };
    const { replies } = await returnedBy(application, runEffect(openInput));
    await returnedBy(application, runEffect(closeInput));
    expect(seen).to.deep.equal(['s1', 'alice', 'a=1', 's1', 1001, 'going away']);
    expect(replies).to.deep.equal([{ session: 's1', format: 'text', data: bytesOf('welcome') }]);
  });

  it('works with its methods taken apart', async () => {
    const application = onMessage(({ key: { push }, session: { send }, publish }) => {
      push(1);
      send(2);
      publish(3);
    });
    const outcome = await returnedBy(application, runEffect(messageInput('x')));
    expect([outcome.pushes, outcome.replies, outcome.outward].map((l) => l.length)).to.deep.equal([
      1, 1, 1,
    ]);
  });
});

describe('the limits of a run', () => {
  it('bound pushes, replies and outward messages together', async () => {
    let error: ReturnType<typeof thrownBy> | undefined;
    const application = onMessage((ctx) => {
      ctx.key.push(1);
      ctx.session.send(2);
      ctx.publish(3);
      error = thrownBy(() => ctx.send('user:bob', { type: 't', data: 4 }));
    });
    const outcome = await returnedBy(application, runEffect(messageInput('x')), {
      effectsPerRunMax: 3,
    });
    expect(error?.code).to.equal('run.too_many');
    expect(error?.message).to.contain('effectsPerRunMax 3');
    expect(outcome.outward).to.have.length(1);
  });

  it('bound the data of an event for another key: the bus would refuse it once committed', async () => {
    let error: ReturnType<typeof thrownBy> | undefined;
    const application = onMessage((ctx) => {
      error = thrownBy(() => ctx.send('user:bob', { type: 't', data: 'x'.repeat(1001) }));
      ctx.send('user:bob', { type: 't', data: 'x'.repeat(1000) });
      ctx.publish('x'.repeat(1001));
    });
    const limits = { eventBytesMax: 1000 };
    const { outward } = await returnedBy(application, runEffect(messageInput('x')), limits);
    expect(error?.code).to.equal('event.too_large');
    expect(error?.message).to.contain('eventBytesMax 1000');
    expect(outward.map(({ to }) => to)).to.deep.equal(['event', 'out']);
  });

  it('bound the bytes of the record, state included', async () => {
    const errors: ReturnType<typeof thrownBy>[] = [];
    const application = onMessage((ctx) => {
      ctx.key.push('x'.repeat(500));
      errors.push(thrownBy(() => ctx.key.push('x'.repeat(500))));
      ctx.key.state = 'x'.repeat(300);
      errors.push(thrownBy(() => ctx.session.send('x'.repeat(200))));
      errors.push(
        thrownBy(() => {
          ctx.key.state = 'x'.repeat(600);
        }),
      );
      // A smaller state makes room again: only the last one counts.
      ctx.key.state = '';
      ctx.session.send('x'.repeat(200));
    });
    const limits = { recordBytesMax: 1000 };
    const outcome = await returnedBy(application, runEffect(messageInput('x')), limits);
    expect(errors.map(({ code }) => code)).to.deep.equal(new Array(3).fill('record.too_large'));
    expect(errors[0]?.message).to.contain('recordBytesMax 1000');
    expect([outcome.pushes.length, outcome.replies.length]).to.deep.equal([1, 1]);
  });

  it('fail the run with their name when the handler lets the error through', async () => {
    const application = onMessage((ctx) => ctx.key.push('x'.repeat(5000)));
    const { outcome } = await runOnce(application, runEffect(messageInput('x')), {
      recordBytesMax: 4096,
    });
    expect(outcome?.kind).to.equal('failed');
    expect(outcome?.kind === 'failed' && outcome.reason).to.match(
      /^record\.too_large: onMessage: .*recordBytesMax 4096/,
    );
  });
});

describe('a volatile run', () => {
  const volatileRun = runEffect(messageInput('x'), { isVolatile: true, state: bytesOf('{"n":1}') });

  it('pushes, replies and reads the state', async () => {
    const outcome = await returnedBy(
      onMessage((ctx) => {
        expect(ctx.key.state).to.deep.equal({ n: 1 });
        ctx.key.push('all');
        ctx.session.send('one');
      }),
      volatileRun,
    );
    expect([outcome.pushes.length, outcome.replies.length]).to.deep.equal([1, 1]);
  });

  it('refuses what needs a record', async () => {
    const calls: readonly ((ctx: HandlerContext<unknown>) => void)[] = [
      (ctx) => ctx.send('user:bob', { type: 't', data: 1 }),
      (ctx) => ctx.publish(1),
      (ctx) => {
        ctx.key.state = { n: 2 };
      },
    ];
    const codes: unknown[] = [];
    const outcome = await returnedBy(
      onMessage((ctx) => {
        for (const call of calls) codes.push(thrownBy(() => call(ctx)).code);
      }),
      volatileRun,
    );
    expect(codes).to.deep.equal(new Array(3).fill('volatile.refused'));
    expect([outcome.outward.length, outcome.state]).to.deep.equal([0, undefined]);
  });
});
