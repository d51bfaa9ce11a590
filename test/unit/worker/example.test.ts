import { expect } from 'chai';
import { describe, it } from 'mocha';
import { loadApplication } from '../../../worker/load-application.ts';
import {
  bytesOf,
  eventInput,
  messageInput,
  openInput,
  returnedBy,
  runEffect,
  textOf,
} from './run-fixture.ts';

describe('examples/todo.mjs', () => {
  const file = 'examples/todo.mjs';
  const milk = { state: bytesOf('{"entries":["milk"]}') };

  it('shows the list to a new connection', async () => {
    const { replies } = await returnedBy(await loadApplication(file), runEffect(openInput, milk));
    expect(replies.map(({ data }) => textOf(data))).to.deep.equal(['{"entries":["milk"]}']);
  });

  it('adds an entry and shows the new list on all devices', async () => {
    const application = await loadApplication(file);
    const { pushes, state } = await returnedBy(
      application,
      runEffect(messageInput('{"add":"tea"}'), milk),
    );
    expect(textOf(state)).to.equal('{"entries":["milk","tea"]}');
    expect(pushes.map(({ type, data }) => [type, textOf(data)])).to.deep.equal([
      ['todo.list', '{"entries":["milk","tea"]}'],
    ]);
  });

  it('tells backends of a finished entry', async () => {
    const application = await loadApplication(file);
    const { outward, state } = await returnedBy(
      application,
      runEffect(messageInput('{"done":"milk"}'), milk),
    );
    expect(textOf(state)).to.equal('{"entries":[]}');
    expect(outward.map(({ to, topic, type }) => [to, topic, type])).to.deep.equal([
      ['out', 'message.user:alice.done', 'todo.done'],
    ]);
  });

  it('passes unknown events on', async () => {
    const { pushes } = await returnedBy(await loadApplication(file), runEffect(eventInput('{}')));
    expect(pushes.map(({ id, type }) => [id, type])).to.deep.equal([['e-7', 'order.paid']]);
  });

  for (const text of ['', 'null', '7', '[]', '{"done":"tea"}', '{"add":7}', '\u0000']) {
    it(`answers ${JSON.stringify(text)} with what it expects`, async () => {
      const outcome = await returnedBy(
        await loadApplication(file),
        runEffect(messageInput(text), milk),
      );
      expect(textOf(outcome.replies[0]?.data)).to.contain('expected');
      expect(outcome.state).to.equal(undefined);
    });
  }
});
