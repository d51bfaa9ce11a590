import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { Application, MessageContext } from '../../../worker/application.ts';
import { bytesOf, messageInput, returnedBy, runEffect, textOf, thrownBy } from './run-fixture.ts';

const onMessage = (handler: (ctx: MessageContext) => void): Application => ({ onMessage: handler });

describe('the state of a key', () => {
  const withState = (json: string) => runEffect(messageInput('x'), { state: bytesOf(json) });
  const stateAfter = async (handler: (ctx: MessageContext) => void, json: string) =>
    textOf((await returnedBy(onMessage(handler), withState(json))).state);

  it('is unchanged unless it is assigned', async () => {
    const state = await stateAfter((ctx) => {
      expect(ctx.key.state).to.deep.equal({ n: 1 });
    }, '{"n":1}');
    expect(state).to.equal(undefined);
  });

  it('cannot be changed in place, however deep', async () => {
    const codes: unknown[] = [];
    await stateAfter((ctx) => {
      const state = ctx.key.state as { list: { n: number }[] };
      codes.push(thrownBy(() => state.list.push({ n: 2 })).code);
      codes.push(thrownBy(() => Object.assign(state.list[0] ?? {}, { n: 2 })).code);
    }, '{"list":[{"n":1}]}');
    expect(codes).to.deep.equal(['TypeError', 'TypeError']);
  });

  it('is copied when assigned, and reads back as assigned', async () => {
    const state = await stateAfter((ctx) => {
      const mine = { n: 1 };
      ctx.key.state = mine;
      mine.n = 2;
      expect(ctx.key.state).to.deep.equal({ n: 1 });
    }, '{"n":0}');
    expect(state).to.equal('{"n":1}');
  });

  it('is emptied by undefined, and empty bytes read as none', async () => {
    const { state } = await returnedBy(
      onMessage((ctx) => {
        ctx.key.state = undefined;
        expect(ctx.key.state).to.equal(undefined);
      }),
      withState('{"n":0}'),
    );
    expect(state).to.deep.equal(new Uint8Array(0));
    await returnedBy(
      onMessage((ctx) => {
        expect(ctx.key.state).to.equal(undefined);
      }),
      runEffect(messageInput('x'), { state: new Uint8Array(0) }),
    );
  });

  it('keeps a __proto__ member as data', async () => {
    const state = await stateAfter((ctx) => {
      ctx.key.state = JSON.parse('{"__proto__":{"polluted":true}}');
      expect(Object.hasOwn(Object.prototype, 'polluted')).to.equal(false);
    }, '1');
    expect(state).to.equal('{"__proto__":{"polluted":true}}');
  });

  it('survives brackets deeper than the call stack', async () => {
    const deep = '['.repeat(30_000) + ']'.repeat(30_000);
    const state = await stateAfter((ctx) => {
      expect(ctx.key.state).to.be.an('array');
    }, deep);
    expect(state).to.equal(undefined);
  });

  it('is refused past stateBytesMax, naming it, and the old one stays', async () => {
    let error: ReturnType<typeof thrownBy> | undefined;
    const { state } = await returnedBy(
      onMessage((ctx) => {
        ctx.key.state = 'x'.repeat(8);
        error = thrownBy(() => {
          ctx.key.state = 'x'.repeat(9);
        });
      }),
      runEffect(messageInput('x')),
      { stateBytesMax: 10 },
    );
    expect(error).to.deep.equal({
      code: 'state.too_large',
      message: 'state of 11 bytes exceeds stateBytesMax 10',
    });
    expect(textOf(state)).to.equal('"xxxxxxxx"');
  });
});
