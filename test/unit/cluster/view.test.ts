import { expect } from 'chai';
import { describe, it } from 'mocha';
import { successorOf, viewOf } from '../../../cluster/index.ts';
import { type ReadingSketch, readingOf } from '../../support/membership-script.ts';

const view = (sketch: Omit<ReadingSketch, 'version'>) =>
  viewOf(readingOf({ version: 3, ...sketch }));

describe('a view', () => {
  it('takes over the table, its version and the cluster', () => {
    const reading = readingOf({ version: 3 });
    const { table, tableVersion, cluster, isFirstData } = viewOf(reading);
    expect(table).to.equal(reading.table);
    expect({ tableVersion, cluster, isFirstData }).to.deep.equal({
      tableVersion: 3,
      cluster: 'c1',
      isFirstData: true,
    });
  });

  it('knows live workers and gateways by boot, whatever their node is called', () => {
    const { live, gateways } = view({
      live: ['w-1-1', { name: 'w-2-9', boot: 'w-2@2' }],
      gateways: ['g-1-0'],
    });
    expect([...live.keys()]).to.deep.equal(['w-1@1', 'w-2@2']);
    expect(live.get('w-2@2')?.name).to.equal('w-2-0000000009');
    expect([...gateways.keys()]).to.deep.equal(['g-1@0']);
  });

  it('counts a ring node only beside the live node of the same boot', () => {
    const { ring } = view({
      live: ['w-1-1', 'w-2-5'],
      ring: ['w-1-1', { name: 'w-2-9', boot: 'w-2@4' }, 'w-3-3'],
    });
    expect([...ring.keys()]).to.deep.equal(['w-1']);
  });

  it('counts the higher boot of one id, not the later ring node', () => {
    const older = { name: 'w-1-30', boot: 'w-1@2' };
    const newer = { name: 'w-1-20', boot: 'w-1@10' };
    for (const ring of [
      [older, newer],
      [newer, older],
    ]) {
      const one = view({ live: ['w-1-2', 'w-1-10'], ring });
      expect(one.ring.get('w-1')?.boot).to.equal('w-1@10');
    }
  });

  it('shows who took over my id: the highest boot above mine', () => {
    const living = ['w-1@2', 'w-1@10', 'w-1@9', 'w-10@99'];
    expect(successorOf(living, 'w-1@2')).to.equal('w-1@10');
    expect(successorOf(living, 'w-1@10')).to.equal(undefined);
    expect(successorOf(living, 'w-10@99')).to.equal(undefined);
    expect(successorOf([], 'w-1@2')).to.equal(undefined);
  });
});
