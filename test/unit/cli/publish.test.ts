/** `ringway publish`: its lines, and what it says before anything is sent. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { RingwayError } from '../../../base/index.ts';
import { exitCodes } from '../../../cli/command.ts';
import { publishCommand } from '../../../cli/publish.ts';
import { type EventParts, publishLines } from '../../../cli/publish-lines.ts';
import { run } from '../../../cli/run.ts';
import { type FakeTerminal, fakeTerminal } from '../../support/cli/fake-terminal.ts';
import { settled } from '../../support/fake-clock.ts';

const fallback = { key: undefined, type: 'note', source: '/test' };

async function* linesOf(events: readonly unknown[], onRead: (count: number) => void) {
  let count = 0;
  for (const event of events) {
    count += 1;
    onRead(count);
    yield typeof event === 'string' ? event : JSON.stringify(event);
  }
}

interface Published {
  readonly events: EventParts[];
  readonly stored: string[];
  readonly error: RingwayError | undefined;
  readonly linesRead: number;
}

/** Publishes lines over a way that answers the later ones first. */
async function publish(
  events: readonly unknown[],
  {
    inFlightMax = 3,
    refused = '',
    ...rest
  }: { inFlightMax?: number; refused?: string } & Partial<Record<'key', string>> = {},
): Promise<Published> {
  const seen: EventParts[] = [];
  const stored: string[] = [];
  let linesRead = 0;
  const waiting: (() => void)[] = [];
  const way = {
    inFlightMax,
    async publish(event: EventParts): Promise<string> {
      seen.push(event);
      await new Promise<void>((resolve) => waiting.push(resolve));
      if (event.id === refused) throw new RingwayError('producer.full', 'no room');
      return event.id ?? 'random';
    },
    close: async () => undefined,
  };
  let isDone = false;
  const done = publishLines({
    lines: linesOf(events, (count) => {
      linesRead = count;
    }),
    fallback: { ...fallback, ...rest },
    way,
    onStored: (id) => void stored.push(id),
  }).finally(() => {
    isDone = true;
  });
  const outcome = done.catch((error: unknown) => error);
  while (!isDone) {
    await settled();
    const last = waiting.pop();
    last?.();
  }
  const error = await outcome;
  return {
    events: seen,
    stored,
    error: error instanceof RingwayError ? error : undefined,
    linesRead,
  };
}

describe('lines of events', () => {
  it('take from the options what they leave out', async () => {
    const { events } = await publish([
      { user: 'alice' },
      { key: 'room:42', type: 'chat', data: [1], id: 'a', source: '/chat' },
    ]);
    expect(events).to.deep.equal([
      { key: 'user:alice', type: 'note', data: null, id: undefined, source: '/test' },
      { key: 'room:42', type: 'chat', data: [1], id: 'a', source: '/chat' },
    ]);
    const keyed = await publish([{}, '', { user: 'bob' }], { key: 'user:alice' });
    expect(keyed.events.map(({ key }) => key)).to.deep.equal(['user:alice', 'user:bob']);
  });

  it('are told in their order, whatever the order of the answers', async () => {
    const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    const { stored, error } = await publish(ids.map((id) => ({ user: 'alice', id })));
    expect(error).to.equal(undefined);
    expect(stored).to.deep.equal(ids);
  });

  it('are not read while as many as may be under way wait', async () => {
    const ids = Array.from({ length: 20 }, (_, place) => `e${place}`);
    const { linesRead, stored, error } = await publish(
      ids.map((id) => ({ user: 'alice', id })),
      { refused: 'e0' },
    );
    expect(linesRead).to.equal(3);
    expect(stored).to.deep.equal(['e1', 'e2']);
    expect(error).to.include({ code: 'producer.full', message: 'line 1: no room' });
  });

  const bad: readonly (readonly [unknown, string, string])[] = [
    ['{user:1}', 'event.invalid', 'line 2: not JSON'],
    [[], 'event.invalid', 'line 2: not a JSON object'],
    [{ user: 7 }, 'event.invalid', 'line 2: user is not a string'],
    [{ user: 'a', key: 'b' }, 'event.invalid', 'line 2: user and key exclude each other'],
    [{ type: 'x' }, 'event.no_key', 'line 2: neither user nor key is given'],
    [
      { user: 'a', topic: 'b' },
      'event.invalid',
      'line 2: topic: not one of user, key, type, data, id, source',
    ],
  ];
  for (const [event, code, message] of bad) {
    it(`end at ${JSON.stringify(event)}; what came before is stored`, async () => {
      const lines = [{ user: 'alice', id: 'a' }, event, { user: 'alice', id: 'b' }];
      const { stored, error, linesRead } = await publish(lines);
      expect(error).to.include({ code, message });
      expect(stored).to.deep.equal(['a']);
      expect(linesRead).to.equal(2);
    });
  }
});

describe('ringway publish', () => {
  async function ringway(...args: readonly string[]): Promise<[number, FakeTerminal]> {
    const terminal = fakeTerminal();
    const commands = [publishCommand];
    return [await run({ args: ['publish', ...args], env: {}, terminal, commands }), terminal];
  }

  it('refuses an address that is none, without repeating it', async () => {
    const [code, { errors }] = await ringway('--rabbitmq', 'http://me:secret@a', '--user', 'alice');
    expect(code).to.equal(exitCodes.misused);
    expect(errors[0]).to.match(/^ringway publish: --rabbitmq: /);
    expect(errors.join()).not.to.include('secret');
  });

  it('refuses one id for many lines', async () => {
    const [code, { errors }] = await ringway('--lines', '--id', 'a');
    expect(code).to.equal(exitCodes.misused);
    expect(errors).to.deep.equal(['ringway publish: --id names one event, --lines publishes many']);
  });
});
