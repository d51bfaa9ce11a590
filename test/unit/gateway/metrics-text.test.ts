import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Counter, Histogram, Registry } from 'prom-client';
import { mergeMetrics } from '../../../gateway/metrics-text.ts';

async function textOf(count: number): Promise<string> {
  const registers = [new Registry()];
  new Counter({ name: 'plain_total', help: 'p', registers }).inc(count);
  new Counter({ name: 'by_kind', help: 'k', labelNames: ['kind'], registers }).inc({ kind: 'a b' });
  new Histogram({ name: 'took_seconds', help: 't', buckets: [1], registers }).observe(count);
  return (await registers[0]?.metrics()) ?? '';
}

describe('metrics of several workers', () => {
  it('become one text, with a label each and every metric described once', async () => {
    const texts = new Map([
      ['w-1', await textOf(1)],
      ['w-2', await textOf(2)],
    ]);
    expect(mergeMetrics(texts, 'worker').trim().split('\n')).to.deep.equal([
      '# HELP plain_total p',
      '# TYPE plain_total counter',
      'plain_total{worker="w-1"} 1',
      'plain_total{worker="w-2"} 2',
      '# HELP by_kind k',
      '# TYPE by_kind counter',
      'by_kind{worker="w-1",kind="a b"} 1',
      'by_kind{worker="w-2",kind="a b"} 1',
      '# HELP took_seconds t',
      '# TYPE took_seconds histogram',
      'took_seconds_bucket{worker="w-1",le="1"} 1',
      'took_seconds_bucket{worker="w-1",le="+Inf"} 1',
      'took_seconds_sum{worker="w-1"} 1',
      'took_seconds_count{worker="w-1"} 1',
      'took_seconds_bucket{worker="w-2",le="1"} 0',
      'took_seconds_bucket{worker="w-2",le="+Inf"} 1',
      'took_seconds_sum{worker="w-2"} 2',
      'took_seconds_count{worker="w-2"} 1',
    ]);
  });

  it('are nothing where there are no workers', () => {
    expect(mergeMetrics(new Map(), 'worker')).to.equal('');
  });
});
