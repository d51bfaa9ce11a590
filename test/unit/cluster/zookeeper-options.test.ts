import { expect } from 'chai';
import { describe, it } from 'mocha';
import { addressText, parseZooKeeperOptions } from '../../../cluster/zookeeper-options.ts';

const secret = 'sixteen characters';

describe('the servers of --zookeeper', () => {
  const good: readonly [string, readonly string[], string][] = [
    ['127.0.0.1:2181', ['127.0.0.1:2181'], ''],
    ['zk-1:2181,zk-2.example:2182, zk_3:1', ['zk-1:2181', 'zk-2.example:2182', 'zk_3:1'], ''],
    ['[2001:db8::1]:2181,a:1', ['[2001:db8::1]:2181', 'a:1'], ''],
    ['a:1/', ['a:1'], ''],
    ['a:1,b:2/prod/eu-1', ['a:1', 'b:2'], '/prod/eu-1'],
  ];
  for (const [text, servers, chroot] of good) {
    it(`are understood: ${text}`, () => {
      const { ensemble } = parseZooKeeperOptions({ servers: text, secret });
      expect(ensemble.addresses.map(addressText)).to.deep.equal(servers);
      expect(ensemble.chroot).to.equal(chroot);
    });
  }

  const bad: readonly [string, RegExp][] = [
    ['', /the server ""/],
    ['localhost', /the server "localhost"; expected host:port/],
    ['a:0', /"a:0"/],
    ['a:65536', /"a:65536"/],
    ['a:1,,b:2', /the server ""/],
    ['2001:db8::1:2181', /"2001:db8::1:2181"/],
    ['a:1/x/', /the path "\/x\/"/],
    ['a:1//x', /the path/],
    ['a:1/x/../y', /"." or ".."/],
    [Array.from({ length: 65 }, (_, i) => `s${i}:1`).join(','), /65 servers, more than 64/],
  ];
  for (const [text, problem] of bad) {
    it(`are refused: ${text.slice(0, 40)}`, () => {
      expect(() => parseZooKeeperOptions({ servers: text, secret })).to.throw(problem);
    });
  }

  it('are refused together with all else that is wrong', () => {
    const wrong = { servers: 'x', secret: 'short', sessionTimeoutMs: 0, callDeadlineMs: 1.5 };
    expect(() => parseZooKeeperOptions(wrong))
      .to.throw()
      .with.property('problems')
      .that.has.lengthOf(4);
  });
});
