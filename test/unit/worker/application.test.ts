import { expect } from 'chai';
import { describe, it } from 'mocha';
import { defineApplication, handledKindsOf, problemsOf } from '../../../worker/application.ts';
import { builtInApplications } from '../../../worker/built-in/index.ts';
import { bytesOf, eventInput, messageInput, returnedBy, runEffect, textOf } from './run-fixture.ts';

describe('defining an application', () => {
  it('accepts any subset of the handlers and freezes it', () => {
    const application = defineApplication({ onMessage: () => undefined });
    expect(Object.isFrozen(application)).to.equal(true);
    expect(handledKindsOf(application)).to.deep.equal({
      event: false,
      message: true,
      open: false,
      close: false,
      volatile: false,
    });
    expect(handledKindsOf(defineApplication({ volatile: true })).volatile).to.equal(true);
  });

  class Chat {
    onMessage(): void {}
  }
  const wrong: readonly (readonly [string, unknown, RegExp])[] = [
    ['nothing', undefined, /not undefined$/],
    ['null', null, /not null$/],
    ['a function', () => undefined, /not a function$/],
    ['an array', [], /not an array$/],
    ['an instance', new Chat(), /not an instance of a class$/],
    [
      'a misspelt handler',
      { onMesage() {} },
      /unknown member "onMesage"; known are volatile, onOpen/,
    ],
    ['a handler that is no function', { onEvent: 7 }, /^onEvent is a number, not a function$/],
    ['a volatile that is no boolean', { volatile: 'yes' }, /^volatile is a string, not a boolean$/],
    ['a __proto__ member', JSON.parse('{"__proto__":{}}'), /unknown member "__proto__"/],
  ];
  for (const [what, candidate, problem] of wrong) {
    it(`refuses ${what} and says why`, () => {
      const problems = problemsOf(candidate);
      expect(problems).to.have.length(1);
      expect(problems[0]).to.match(problem);
    });
  }

  it('names every problem at once', () => {
    const candidate = { onMessage: 1, onOpne() {}, volatile: 0 };
    expect(() => Reflect.apply(defineApplication, undefined, [candidate]))
      .to.throw()
      .with.property('message')
      .that.has.property('length')
      .above(100);
    expect(problemsOf(candidate)).to.have.length(3);
  });
});

describe('the built-in applications', () => {
  const builtIn = (name: string) => builtInApplications.get(name) ?? expect.fail(name);

  it('forward handles nothing itself', () => {
    expect(Object.values(handledKindsOf(builtIn('forward')))).to.deep.equal(
      new Array(5).fill(false),
    );
  });

  for (const name of ['echo', 'volatile-echo']) {
    it(`${name} returns each message as it was, to its sender`, async () => {
      const { replies, pushes } = await returnedBy(
        builtIn(name),
        runEffect(messageInput('hi'), { isVolatile: name === 'volatile-echo' }),
      );
      expect(pushes).to.deep.equal([]);
      expect(replies).to.deep.equal([{ session: 's1', format: 'text', data: bytesOf('hi') }]);
    });
  }

  it('chat sends to the other, echoes to all of mine and counts', async () => {
    const effect = runEffect(messageInput('{"to":"bob","text":"hi"}'), {
      state: bytesOf('{"sent":2,"received":5}'),
    });
    const { outward, pushes, state } = await returnedBy(builtIn('chat'), effect);
    expect(
      outward.map(({ to, topic, type, data }) => [to, topic, type, textOf(data)]),
    ).to.deep.equal([['event', 'user:bob', 'chat', '{"from":"alice","text":"hi"}']]);
    expect(pushes.map(({ type, data }) => [type, textOf(data)])).to.deep.equal([
      ['chat.sent', '{"to":"bob","text":"hi","sent":3}'],
    ]);
    expect(textOf(state)).to.equal('{"sent":3,"received":5}');
  });

  it('chat shows what comes from others and counts it', async () => {
    const { pushes, state } = await returnedBy(builtIn('chat'), runEffect(eventInput('{"a":1}')));
    expect(pushes.map(({ id }) => id)).to.deep.equal(['e-7']);
    expect(textOf(state)).to.equal('{"sent":0,"received":1}');
  });

  for (const text of ['', 'hi', '7', 'null', '{"to":"b*","text":"x"}', '{"to":7,"text":"x"}']) {
    it(`chat answers ${JSON.stringify(text)} with how to write it`, async () => {
      const outcome = await returnedBy(builtIn('chat'), runEffect(messageInput(text)));
      expect(textOf(outcome.replies[0]?.data)).to.contain('expected');
      expect([outcome.outward.length, outcome.state]).to.deep.equal([0, undefined]);
    });
  }
});
