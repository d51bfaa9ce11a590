import { expect } from 'chai';
import { describe, it } from 'mocha';
import { seededRandom } from '../../../base/index.ts';
import { amqpContext, parseAmqpUrls } from '../../../events/amqp-options.ts';
import { BackOff } from '../../../events/back-off.ts';
import { createRabbitBus } from '../../../events/index.ts';

describe('addresses of RabbitMQ', () => {
  const cases = [
    ['amqp://host', 'amqp://host:5672/', 'guest'],
    ['amqp://ann:pw@host:1/', 'amqp://host:1/', 'ann'],
    ['amqps://ann:pw@host/%2Fa%20b', 'amqps://host:5671//a b', 'ann'],
    ['amqp://a%40b:pw@[::1]:1/v?x=1', 'amqp://[::1]:1/v', 'a@b'],
  ] as const;
  for (const [url, label, user] of cases) {
    it(`are known by ${label}`, () => {
      const [address] = parseAmqpUrls([url], '--rabbitmq');
      expect(address).to.deep.equal({ url, label, user, option: '--rabbitmq' });
    });
  }

  it('that are none are told by their place: the text may hold a password', () => {
    const bad = ['http://u:pw@host', 'amqp://u:pw@', 'u:pw@host', 'amqp://u:pw@host/a/b'];
    const failure = thrownBy(() => parseAmqpUrls(['amqp://host', ...bad], '--rabbitmq'));
    expect(failure).to.have.property('code', 'config.invalid');
    expect(failure).to.have.property('problems').with.lengthOf(4);
    expect(String(failure)).to.contain('--rabbitmq: address 2 of 5').and.not.contain('pw');
    expect(() => parseAmqpUrls([], '--rabbitmq')).to.throw('--rabbitmq names no broker');
  });
});

describe('limits of RabbitMQ’s connections', () => {
  it('that make no sense are all named, before anything is connected', () => {
    const failure = thrownBy(() => amqpContext({ heartbeatSeconds: 0, connectTimeoutMs: 1.5 }));
    expect(failure)
      .to.have.property('problems')
      .that.deep.equals([
        'connectTimeoutMs is 1.5, not a positive integer',
        'heartbeatSeconds is 0, not a positive integer',
      ]);
    const urls = ['amqp://host'];
    const open = () => createRabbitBus({ urls, partitions: 0, deadLettersMax: -1 });
    expect(thrownBy(open)).to.have.property('problems').with.lengthOf(2);
  });

  it('give waits that grow to the highest, drawn from all below it', () => {
    const limits = { backOffMinMs: 100, backOffMaxMs: 1000 };
    const backOff = new BackOff(limits, seededRandom(1));
    const ceilings = [100, 200, 400, 800, 1000, 1000];
    for (const ceiling of ceilings) expect(backOff.next()).to.be.within(0, ceiling);
    expect(backOff.failures).to.equal(6);
    const waits = Array.from({ length: 200 }, () => backOff.next());
    expect(Math.min(...waits)).to.be.lessThan(100);
    expect(Math.max(...waits)).to.be.within(900, 1000);
    backOff.reset();
    expect(backOff.next()).to.be.within(0, 100);
  });
});

function thrownBy(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return error;
  }
}
