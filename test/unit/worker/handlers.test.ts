import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { Application, MessageContext } from '../../../worker/application.ts';
import { settled } from '../../support/fake-clock.ts';
import {
  eventInput,
  messageInput,
  runEffect,
  runOnce,
  runsOf,
  textOf,
  thrownBy,
} from './run-fixture.ts';

/** Everything a handler may call. */
function callsOf(ctx: MessageContext): readonly (() => unknown)[] {
  return [
    () => ctx.key.push(1),
    () => ctx.key.state,
    () => {
      ctx.key.state = 1;
    },
    () => ctx.session.send(1),
    () => ctx.send('user:bob', { type: 't', data: 1 }),
    () => ctx.publish(1),
  ];
}

describe('running a handler', () => {
  it('never happens inside the call that asks for it', async () => {
    const order: string[] = [];
    const runs = runsOf({
      onMessage() {
        order.push('handler');
      },
    });
    runs.handlers.run(runEffect(messageInput('x')));
    order.push('asked');
    await settled();
    expect(order).to.deep.equal(['asked', 'handler']);
  });

  it('waits for a promise and keeps what was done before and after it', async () => {
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const runs = runsOf({
      async onMessage(ctx) {
        ctx.session.send('before');
        await gate;
        ctx.session.send('after');
      },
    });
    runs.handlers.run(runEffect(messageInput('x')));
    await settled();
    expect([runs.outcomes.size, runs.handlers.running]).to.deep.equal([0, 1]);
    release();
    await settled();
    const outcome = runs.outcomes.get(1);
    const replies = outcome?.kind === 'returned' ? outcome.replies : [];
    expect(replies.map(({ data }) => textOf(data))).to.deep.equal(['before', 'after']);
    expect([runs.handlers.running, runs.ends]).to.deep.equal([0, ['returned']]);
  });

  it('calls the handler of the input, as a method of the application', async () => {
    const called: string[] = [];
    const application: Application = {
      onEvent() {
        called.push(this === application ? 'onEvent' : 'another this');
      },
      onMessage() {
        called.push('onMessage');
      },
    };
    await runOnce(application, runEffect(eventInput('{}')));
    expect(called).to.deep.equal(['onEvent']);
  });

  const unreadable = Object.create(null);
  const withHostileName = Object.defineProperty(new Error('x'), 'name', {
    get() {
      throw new Error('hostile');
    },
  });
  const hostileProxy = new Proxy(new Error('x'), {
    getPrototypeOf() {
      throw new Error('hostile');
    },
  });
  const failures: readonly (readonly [string, () => unknown, RegExp])[] = [
    ['throws', () => fail(new TypeError('secret')), /^handler\.failed: onMessage threw TypeError$/],
    ['rejects', async () => fail(new RangeError('secret')), /threw RangeError$/],
    ['rejects with nothing', () => Promise.reject(), /threw undefined$/],
    ['throws a string', () => fail('secret'), /threw a string$/],
    ['throws an object without prototype', () => fail(unreadable), /threw an object$/],
    ['throws an error with a hostile name', () => fail(withHostileName), /an unreadable value$/],
    ['throws a hostile proxy', () => fail(hostileProxy), /an unreadable value$/],
    ['returns a value', () => ({ reply: 1 }), /^handler\.returned_value: .*an object/],
    ['promises a value', async () => 7, /^handler\.returned_value: .*a number/],
    ['returns an array', () => [], /an array/],
    ['returns a function', () => () => undefined, /a function/],
    [
      'returns a hostile thenable',
      () => Object.defineProperty({}, 'then', { get: () => fail(new Error('secret')) }),
      /threw Error$/,
    ],
  ];
  for (const [what, handler, reason] of failures) {
    it(`ends as failed when the handler ${what}, logged once without payloads`, async () => {
      const application = { onMessage: handler } as Application;
      const { outcome, lines } = await runOnce(application, runEffect(messageInput('payload')));
      expect(outcome?.kind === 'failed' && outcome.reason).to.match(reason);
      expect(lines.map(({ event, level }) => `${level} ${event}`)).to.deep.equal([
        'error handler.failed',
      ]);
      expect(lines[0]?.fields.handler).to.equal('onMessage');
      expect(JSON.stringify(lines)).not.to.match(/secret|payload/);
    });
  }

  it('throws away what a failed handler had done', async () => {
    const { outcome } = await runOnce(
      {
        onMessage(ctx) {
          ctx.key.push(1);
          throw new Error('late');
        },
      },
      runEffect(messageInput('x')),
    );
    expect(outcome).to.deep.equal({
      kind: 'failed',
      reason: 'handler.failed: onMessage threw Error',
    });
  });

  it('refuses every call after the handler has returned', async () => {
    let kept: MessageContext | undefined;
    const application: Application = {
      onMessage(ctx) {
        kept = ctx;
      },
    };
    await runOnce(application, runEffect(messageInput('x')));
    const codes = kept === undefined ? [] : callsOf(kept).map((call) => thrownBy(call).code);
    expect(codes).to.deep.equal(new Array(6).fill('handler.finished'));
  });
});

describe('revoking a run', () => {
  const never: Promise<void> = new Promise(() => undefined);

  it('aborts the signal, refuses every call and reports no outcome', async () => {
    let kept: MessageContext | undefined;
    let aborted = 0;
    const runs = runsOf({
      onMessage(ctx) {
        kept = ctx;
        ctx.signal.addEventListener('abort', () => {
          aborted += 1;
        });
        return never;
      },
    });
    runs.handlers.run(runEffect(messageInput('x')));
    await settled();
    runs.handlers.revoke(1);
    runs.handlers.revoke(1);
    const codes = kept === undefined ? [] : callsOf(kept).map((call) => thrownBy(call).code);
    expect(codes).to.deep.equal(new Array(6).fill('handler.revoked'));
    expect([aborted, runs.outcomes.size, runs.handlers.running]).to.deep.equal([1, 0, 0]);
    expect(runs.ends).to.deep.equal(['revoked']);
  });

  it('leaves a signal that is asked for later aborted', async () => {
    let kept: MessageContext | undefined;
    const runs = runsOf({
      onMessage(ctx) {
        kept = ctx;
        return never;
      },
    });
    runs.handlers.run(runEffect(messageInput('x')));
    await settled();
    runs.handlers.revoke(1);
    expect(kept?.signal.aborted).to.equal(true);
  });

  it('keeps a handler from starting when it comes first', async () => {
    let calls = 0;
    const runs = runsOf({
      onMessage() {
        calls += 1;
      },
    });
    runs.handlers.run(runEffect(messageInput('x')));
    runs.handlers.revoke(1);
    await settled();
    expect([calls, runs.outcomes.size]).to.deep.equal([0, 0]);
  });

  for (const late of ['returns', 'throws'] as const) {
    it(`ignores a handler that ${late} later`, async () => {
      let release: () => void = () => undefined;
      const gate = new Promise<void>((resolve) => {
        release = resolve;
      });
      const runs = runsOf({
        async onMessage() {
          await gate;
          if (late === 'throws') throw new Error('late');
        },
      });
      runs.handlers.run(runEffect(messageInput('x')));
      await settled();
      runs.handlers.revoke(1);
      runs.handlers.run(runEffect(messageInput('x'), { token: 2 }));
      release();
      await settled();
      expect([...runs.outcomes.keys()]).to.deep.equal([2]);
    });
  }

  it('ends all runs at once when the worker stops', async () => {
    const runs = runsOf({ onMessage: () => never });
    for (const token of [1, 2, 3]) runs.handlers.run(runEffect(messageInput('x'), { token }));
    await settled();
    runs.handlers.revokeAll();
    expect([runs.handlers.running, runs.ends.length]).to.deep.equal([0, 3]);
  });
});

function fail(thrown: unknown): never {
  throw thrown;
}
