/** Who a client counts as, how often it may come, and how many of it there may be. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { clientAddress, networkOf, trustedProxyList } from '../../../gateway/client-address.ts';
import { ConnectionCounts } from '../../../gateway/connection-counts.ts';
import { NamedBuckets, TokenBucket } from '../../../gateway/token-bucket.ts';

describe('the address of a client', () => {
  const trusted = trustedProxyList(['10.0.0.0/8', '::1']);
  const cases: readonly (readonly [peer: string, forwarded: string, address: string])[] = [
    ['192.0.2.1', '127.0.0.1', '192.0.2.1'],
    ['10.1.1.1', '', '10.1.1.1'],
    ['10.1.1.1', '198.51.100.7', '198.51.100.7'],
    ['::ffff:10.1.1.1', '127.0.0.1, 198.51.100.7, 10.2.2.2', '198.51.100.7'],
    ['10.1.1.1', '10.2.2.2', '10.2.2.2'],
    ['10.1.1.1', 'nonsense', '10.1.1.1'],
    ['::1', '2001:db8::1', '2001:db8::1'],
  ];
  for (const [peer, forwarded, address] of cases) {
    it(`is ${address} for ${peer} forwarding "${forwarded}"`, () => {
      expect(clientAddress(peer, forwarded, trusted)).to.equal(address);
    });
  }

  it('counts to its IPv6 /64', () => {
    expect(networkOf('192.0.2.1')).to.equal('192.0.2.1');
    expect(networkOf('2001:db8:0:1:2:3:4:5')).to.equal('2001:db8:0:1::/64');
    expect(networkOf('2001:0db8::1:5')).to.equal('2001:db8:0:0::/64');
    expect(networkOf('::1')).to.equal('0:0:0:0::/64');
  });
});

describe('a token bucket', () => {
  it('gives its burst at once, then its rate, and never saves more than the burst', () => {
    const bucket = new TokenBucket({ perSecond: 2, burst: 3 }, 0);
    const taken = (nowMs: number, times: number): number =>
      Array.from({ length: times }, () => bucket.take(nowMs)).filter(Boolean).length;
    expect(taken(0, 5)).to.equal(3);
    expect(taken(499, 1)).to.equal(0);
    expect(taken(1_000, 5)).to.equal(2);
    expect(taken(100_000, 9)).to.equal(3);
  });

  it('forgets the name seen longest ago beyond its bound', () => {
    const buckets = new NamedBuckets({ perSecond: 0.001, burst: 1 }, 2);
    expect(['a', 'b', 'a', 'c', 'b', 'c'].map((name) => buckets.take(name, 0))).to.deep.equal([
      ...[true, true, false, true, true, false],
    ]);
    expect(buckets.size).to.equal(2);
  });
});

describe('connection counts', () => {
  const limits = { connectionsMax: 3, connectionsPerAddressMax: 2, connectionsPerUserMax: 1 };

  it('give each place back once, and forget who has none', () => {
    const counts = new ConnectionCounts(limits);
    const place = counts.enter('n');
    if (typeof place === 'string') throw new Error(place);
    expect(counts.identify(place, '__proto__')).to.equal(undefined);
    const other = counts.enter('n');
    if (typeof other === 'string') throw new Error(other);
    expect(counts.identify(other, '__proto__')).to.equal('connections.user');
    expect(counts.enter('n')).to.equal('connections.address');
    expect(counts.enter('m')).to.be.an('object');
    expect(counts.enter('o')).to.equal('connections.total');
    counts.leave(place);
    counts.leave(place);
    expect(counts.total).to.equal(2);
    expect(counts.identify(other, '__proto__')).to.equal(undefined);
  });
});
