import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { AckBatch } from '../../../events/ack-batch.ts';

describe('a batch of acknowledgements', () => {
  const batchOf = (count: number) => {
    const sent: string[] = [];
    let scheduled = 0;
    const batch = new AckBatch({
      send: (tag, isUpTo) => sent.push(isUpTo ? `≤${tag}` : `${tag}`),
      schedule: () => {
        scheduled += 1;
      },
    });
    for (let tag = 1; tag <= count; tag += 1) batch.delivered(tag);
    return { batch, sent, scheduled: () => scheduled };
  };

  const cases = [
    ['all in order are one', [1, 2, 3], ['≤3']],
    ['in any order they are one too', [3, 1, 2], ['≤3']],
    ['what lies behind a gap goes alone', [1, 2, 4, 5], ['≤2', '4', '5']],
    ['without the oldest each goes alone', [3, 2], ['3', '2']],
    ['twice is once', [1, 1], ['≤1']],
    ['a stranger is ignored', [9], []],
  ] as const;
  for (const [name, tags, expected] of cases) {
    it(name, () => {
      const { batch, sent } = batchOf(5);
      for (const tag of tags) batch.ack(tag);
      expect(sent).to.deep.equal([]);
      batch.flush();
      expect(sent).to.deep.equal(expected);
    });
  }

  it('asks for one flush, and again after it', () => {
    const { batch, sent, scheduled } = batchOf(5);
    for (const tag of [1, 2, 4]) batch.ack(tag);
    expect(scheduled()).to.equal(1);
    batch.flush();
    batch.ack(3);
    expect(scheduled()).to.equal(2);
    batch.flush();
    expect(sent).to.deep.equal(['≤2', '4', '≤3']);
  });

  it('acknowledges exactly what was asked, each once, as a broker counts it', () => {
    const step = fc.oneof(fc.constant('flush' as const), fc.integer({ min: 1, max: 12 }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { batch, sent } = batchOf(12);
        for (const one of steps) {
          if (one === 'flush') batch.flush();
          else batch.ack(one);
        }
        batch.flush();
        const left = new Set(Array.from({ length: 12 }, (_, i) => i + 1));
        for (const ack of sent) {
          const upTo = ack.startsWith('≤');
          const tag = Number(ack.replace('≤', ''));
          // The broker closes the channel over a tag that it does not know any more.
          expect(left.has(tag)).to.equal(true);
          for (const one of left) if (one === tag || (upTo && one < tag)) left.delete(one);
        }
        const asked = new Set(steps.filter((one) => one !== 'flush'));
        expect([...left]).to.deep.equal(
          Array.from({ length: 12 }, (_, i) => i + 1).filter((tag) => !asked.has(tag)),
        );
      }),
    );
  });
});
