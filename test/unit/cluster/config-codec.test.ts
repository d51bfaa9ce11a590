import { expect } from 'chai';
import { describe, it } from 'mocha';
import { decodeConfig, encodeConfig } from '../../../cluster/config-codec.ts';

const config = {
  version: 1,
  partitions: 16,
  slotCount: 16384,
  cluster: 'c0ffee',
  first: true,
} as const;

describe('the content of /ringway/config', () => {
  it('comes back as it was given', () => {
    expect(decodeConfig('/c', encodeConfig(config))).to.deep.equal(config);
  });

  const bad: readonly [string, string, RegExp][] = [
    ['text that is no JSON', 'partitions=16', /not JSON/],
    ['nothing', '', /not JSON/],
    ['null', 'null', /version is undefined/],
    ['a later version', JSON.stringify({ ...config, version: 2 }), /version is 2/],
    ['no partitions', JSON.stringify({ ...config, partitions: 0 }), /partitions is 0/],
    ['a fraction of a slot', JSON.stringify({ ...config, slotCount: 1.5 }), /slotCount is 1.5/],
    ['no cluster id', JSON.stringify({ ...config, cluster: '' }), /cluster is ""/],
    ['an unknown field', JSON.stringify({ ...config, colour: 'red' }), /colour is unknown/],
    ['too much', JSON.stringify({ ...config, cluster: 'x'.repeat(5000) }), /bytes/],
    ['every problem at once', '{"version":3,"first":1}', /version.*partitions.*first/],
  ];
  for (const [what, text, problem] of bad) {
    it(`is refused with ${what}, naming the node`, () => {
      expect(() => decodeConfig('/x/ringway/config', Buffer.from(text)))
        .to.throw(problem)
        .that.includes({ code: 'coordinator.bad_config', retryable: false })
        .and.has.property('message')
        .that.contains('/x/ringway/config');
    });
  }
});
