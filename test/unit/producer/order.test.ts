/** Whatever the broker does to single events and to the connection, the order of a key holds. */
import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { settled } from '../../support/fake-clock.ts';
import { answerOf, type Stage, stage } from './producer-stage.ts';

const users = ['a', 'b', 'c'];
const answers = ['confirmed', 'bus.nacked', 'bus.returned', 'bus.unavailable', 'lost'] as const;
type Step = readonly [answer: (typeof answers)[number], isStored: boolean];

/** The queues: answers events in the order of sending, and keeps what it took, repeats dropped. */
class ScriptedBroker {
  readonly stored: string[] = [];
  readonly #stage: Stage;
  #answered = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  get isIdle(): boolean {
    return this.#answered >= this.#stage.connection.sent.length;
  }

  async answer([answer, isStored]: Step): Promise<void> {
    const { connection, clock } = this.#stage;
    await settled();
    if (this.isIdle) return;
    if (answer === 'lost') {
      while (!this.isIdle) this.#take(isStored);
      connection.set('bus.unavailable');
      await settled();
      connection.set(undefined);
    } else {
      const sent = connection.sent[this.#answered];
      const mayBeStored = answer === 'bus.unavailable';
      this.#take(answer === 'confirmed' || (mayBeStored && isStored));
      if (answer === 'confirmed') sent?.confirm();
      else sent?.fail(answer);
    }
    await clock.run(200);
  }

  #take(isStored: boolean): void {
    const id = this.#stage.connection.sent[this.#answered]?.message.messageId ?? '';
    if (isStored && !this.stored.includes(id)) this.stored.push(id);
    this.#answered += 1;
  }
}

describe('whatever the broker does', () => {
  const scripts = fc.array(fc.tuple(fc.constantFrom(...answers), fc.boolean()), { maxLength: 30 });
  const publications = fc.array(fc.constantFrom(...users), { maxLength: 15 });

  it('what it stored of a key is in the order of the calls, and all that was confirmed', async () => {
    const run = async (names: readonly string[], script: readonly Step[]): Promise<void> => {
      const scene = stage({ unconfirmedMax: 4 });
      const broker = new ScriptedBroker(scene);
      const ids = names.map((name, place) => `${name}${place}`);
      const published = Promise.all(
        ids.map((id, place) => answerOf(scene.publish(id, names[place]))),
      );
      for (const step of script) await broker.answer(step);
      while (scene.producer.pending > 0) {
        await broker.answer(['confirmed', true]);
        await scene.clock.run(2000);
      }
      const outcomes = await published;
      expect(broker.stored).to.include.members(ids.filter((id, place) => outcomes[place] === id));
      for (const user of users) {
        const order = broker.stored.filter((id) => id.startsWith(user));
        expect(order).to.deep.equal(ids.filter((id) => order.includes(id)));
      }
      expect(scene.clock.timers).to.equal(0);
    };
    await fc.assert(fc.asyncProperty(publications, scripts, run));
  });
});
