import { expect } from 'chai';
import { beforeEach, describe, it } from 'mocha';
import { RingwayError, seededRandom } from '../../../base/index.ts';
import { type BusEvent, checkEvent, type OutMessage } from '../../../events/index.ts';
import { defaultLimits } from '../../../worker/limits.ts';
import { createPublisher, type PublishEffect, type Publisher } from '../../../worker/publisher.ts';
import { createFakeClock, type FakeClock, settled } from '../../support/fake-clock.ts';
import { bytesOf, type Line, recordingLogger } from './run-fixture.ts';

interface Sent {
  readonly id: string;
  readonly event: BusEvent | undefined;
  confirm(): void;
  fail(code: string): void;
}

/** A bus that answers when told, and a core that keeps what is unconfirmed, oldest first. */
class Stage {
  readonly clock: FakeClock = createFakeClock();
  readonly sent: Sent[] = [];
  readonly lines: Line[] = [];
  readonly publisher: Publisher;
  unconfirmed: string[] = [];
  resets = 0;
  #numbers = new Map<number, string>();
  #next = 0;

  constructor(limits: Partial<typeof defaultLimits> = {}) {
    this.publisher = createPublisher({
      bus: {
        publishEvent: (event) => this.#take(event.id, event),
        publishOut: (message: OutMessage) => this.#take(message.id, undefined),
      },
      limits: { ...defaultLimits, ...limits },
      clock: this.clock,
      random: seededRandom(1),
      logger: recordingLogger(this.lines),
      onPublished: (publication) => this.#confirmed(publication),
      onReset: () => {
        this.resets += 1;
        this.#numbers.clear();
        for (const id of this.unconfirmed) this.#emit(id);
      },
    });
  }

  publish(...ids: string[]): void {
    for (const id of ids) {
      this.unconfirmed.push(id);
      this.#emit(id);
    }
  }

  /** What went to the bus since the last call. */
  taken(): string[] {
    return this.sent.splice(0).map(({ id }) => id);
  }

  #emit(id: string): void {
    this.#next += 1;
    this.#numbers.set(this.#next, id);
    this.publisher.publish(effectOf(this.#next, id));
  }

  #confirmed(publication: number): void {
    const id = this.#numbers.get(publication);
    expect(id, `publication ${publication}`).not.to.equal(undefined);
    this.unconfirmed = this.unconfirmed.filter((other) => other !== id);
  }

  #take(id: string, event: BusEvent | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (code: string): void => reject(new RingwayError(code, code));
      this.sent.push({ id, event, confirm: resolve, fail });
    });
  }
}

function effectOf(publication: number, id: string, to: 'out' | 'event' = 'out'): PublishEffect {
  const outward = { to, topic: 'message.user:a', type: 't', format: 'text', data: bytesOf(id) };
  return { kind: 'publish', publication, id, outward } as PublishEffect;
}

describe('publishing outward', () => {
  let stage: Stage;
  beforeEach(() => {
    stage = new Stage();
  });

  it('keeps the order and reports each confirmation', async () => {
    stage.publish('1', '2', '3');
    expect(stage.sent.map(({ id }) => id)).to.deep.equal(['1', '2', '3']);
    for (const { confirm } of stage.sent) confirm();
    await settled();
    expect(stage.unconfirmed).to.deep.equal([]);
    expect(stage.publisher.pending).to.equal(0);
  });

  it('sends events to their key, with a source that is the same on all workers', async () => {
    stage.publisher.publish(effectOf(9, 'in-1#0', 'event'));
    const { event } = stage.sent[0] ?? expect.fail();
    expect(event).to.deep.equal({
      key: 'message.user:a',
      id: 'in-1#0',
      type: 't',
      source: '/ringway',
      format: 'text',
      data: bytesOf('in-1#0'),
    });
  });

  it('gives an event an id that the bus takes, however long that of the input is', async () => {
    const long = `e/512/${'s'.repeat(512)}/${'i'.repeat(255)}#0`;
    for (const id of [long, long]) stage.publisher.publish(effectOf(9, id, 'event'));
    const [first, second] = stage.sent.map(({ event }) => event ?? expect.fail());
    checkEvent(first ?? expect.fail(), 10_000);
    expect(second?.id).to.equal(first?.id);
  });

  it('has at most publishInFlightMax under way', async () => {
    stage = new Stage({ publishInFlightMax: 2 });
    stage.publish('1', '2', '3');
    expect(stage.sent.map(({ id }) => id)).to.deep.equal(['1', '2']);
    stage.sent[1]?.confirm();
    await settled();
    expect(stage.sent.map(({ id }) => id)).to.deep.equal(['1', '2', '3']);
  });

  it('tells the core once of a failure, waits, then sends all that is unconfirmed, oldest first', async () => {
    stage.publish('1', '2', '3');
    stage.sent[0]?.confirm();
    stage.sent[1]?.fail('bus.unavailable');
    stage.sent[2]?.fail('bus.unavailable');
    await settled();
    stage.taken();
    stage.publish('4');
    expect([stage.resets, stage.publisher.isUp, stage.sent.length]).to.deep.equal([1, false, 0]);
    await stage.clock.run(100);
    // The head alone is the probe.
    expect(stage.sent.map(({ id }) => id)).to.deep.equal(['2']);
    stage.sent[0]?.confirm();
    await settled();
    expect(stage.taken()).to.deep.equal(['2', '3', '4']);
    expect([stage.resets, stage.publisher.isUp]).to.deep.equal([1, true]);
  });

  it('ignores answers to publications from before the failure', async () => {
    stage.publish('1', '2', '3');
    const [first, second, third] = stage.sent;
    second?.fail('bus.unavailable');
    await settled();
    first?.confirm();
    third?.fail('bus.unavailable');
    await settled();
    expect([stage.unconfirmed, stage.resets]).to.deep.equal([['1', '2', '3'], 1]);
  });

  it('waits longer with each failed attempt, up to the bound, and never gives up', async () => {
    stage = new Stage({ publishBackOffMs: 100, publishBackOffMaxMs: 400 });
    stage.publish('1', '2');
    stage.sent[0]?.fail('bus.unavailable');
    await settled();
    const waits: number[] = [];
    for (let attempt = 0; attempt < 6; attempt += 1) {
      stage.taken();
      const startMs = stage.clock.nowMs();
      while (stage.sent.length === 0) await stage.clock.run(1);
      waits.push(stage.clock.nowMs() - startMs);
      expect(stage.sent.map(({ id }) => id)).to.deep.equal(['1']);
      stage.sent[0]?.fail('bus.unavailable');
      await settled();
    }
    const ceilings = [100, 200, 400, 400, 400, 400];
    for (const [at, ceilingMs] of ceilings.entries()) {
      expect(waits[at]).to.be.within(ceilingMs / 2, ceilingMs + 1);
    }
    expect(stage.resets).to.equal(1);
    expect(stage.lines.filter(({ event }) => event === 'publish.failed')).to.have.length(1);
  });

  for (const code of ['event.too_large', 'event.invalid', 'event.no_key']) {
    it(`strikes off what is ${code} for ever rather than blocking all others`, async () => {
      stage.publish('1', '2');
      stage.sent[0]?.fail(code);
      stage.sent[1]?.confirm();
      await settled();
      expect([stage.unconfirmed, stage.resets, stage.publisher.isUp]).to.deep.equal([[], 0, true]);
      expect(stage.lines.map(({ level, event }) => `${level} ${event}`)).to.deep.equal([
        'error publish.refused',
      ]);
    });
  }

  it('leaves to the log what does not fit its queue, and fetches it in order', async () => {
    stage = new Stage({ publishInFlightMax: 1, publishQueueMax: 2 });
    stage.publish('1', '2', '3', '4', '5');
    const order: string[] = [];
    while (stage.unconfirmed.length > 0) {
      const next = stage.sent.shift() ?? expect.fail('nothing was sent');
      order.push(next.id);
      next.confirm();
      await settled();
    }
    expect(order).to.deep.equal(['1', '2', '3', '4', '5']);
    expect(stage.publisher.pending).to.equal(0);
  });

  it('does nothing more once it is closed, and leaves no timer', async () => {
    stage.publish('1');
    stage.sent[0]?.fail('bus.unavailable');
    await settled();
    stage.publisher.close();
    stage.taken();
    stage.publish('2');
    await stage.clock.run(10_000);
    expect([stage.sent.length, stage.clock.timers]).to.deep.equal([0, 0]);
  });
});
