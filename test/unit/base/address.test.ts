import { expect } from 'chai';
import { describe, it } from 'mocha';
import { advertisedAddress, isLoopback, isWildcard } from '../../../base/index.ts';

describe('addresses', () => {
  const cases: readonly (readonly [bound: string, advertise: string | undefined, told: string])[] =
    [
      ['127.0.0.1:7000', undefined, '127.0.0.1:7000'],
      ['0.0.0.0:7000', 'host-1', 'host-1:7000'],
      ['0.0.0.0:7000', 'host-1:9000', 'host-1:9000'],
      ['[::]:7000', '[2001:db8::1]', '[2001:db8::1]:7000'],
      ['[::]:7000', '[2001:db8::1]:9000', '[2001:db8::1]:9000'],
    ];
  for (const [bound, advertise, told] of cases) {
    it(`bound to ${bound} and advertised as ${advertise ?? 'nothing'} are dialled at ${told}`, () => {
      expect(advertisedAddress(bound, advertise)).to.equal(told);
    });
  }

  it('are loopback, every interface, or neither', () => {
    const hosts = ['127.0.0.1', '127.9.9.9', 'localhost', '::1', '0.0.0.0', '::', '10.0.0.1'];
    expect(hosts.filter(isLoopback)).to.deep.equal(hosts.slice(0, 4));
    expect(hosts.filter(isWildcard)).to.deep.equal(['0.0.0.0', '::']);
  });
});
