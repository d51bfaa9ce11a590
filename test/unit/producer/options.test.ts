/** Options of the producer, its codes against their page. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ConfigError } from '../../../base/index.ts';
import { producerRetries } from '../../../producer/errors.ts';
import { createProducer } from '../../../producer/index.ts';
import {
  type ProducerOptions,
  parseProducerOptions,
  producerDefaults,
} from '../../../producer/options.ts';

const root = join(import.meta.dirname, '../../..');

function problemsOf(options: ProducerOptions): readonly string[] {
  try {
    parseProducerOptions(options);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('the options of a producer', () => {
  it('need only an address', () => {
    const settings = parseProducerOptions({ url: 'amqp://127.0.0.1' });
    expect(settings).to.deep.include({
      ...producerDefaults,
      urls: ['amqp://127.0.0.1'],
      partitions: 16,
      source: '/amqp',
      connection: {},
    });
  });

  it('pass on those of the connection', () => {
    const { connection } = parseProducerOptions({ url: 'amqps://a', heartbeatSeconds: 10 });
    expect(connection).to.deep.equal({ heartbeatSeconds: 10 });
  });

  it('are refused all at once, each by its name', () => {
    const wrong = { partitions: 0, unconfirmedMax: 1.5, publishTimeoutMs: -1, source: '' };
    expect(problemsOf({ url: 'http://a', ...wrong })).to.have.length(5);
    expect(problemsOf({ url: 'amqp://a', ...wrong })).to.deep.equal([
      'partitions is 0 but must be a whole number from 1 to 1024',
      'source must be a text',
      'publishTimeoutMs is -1 but must be a whole number from 1 to 3600000',
      'unconfirmedMax is 1.5 but must be a whole number from 1 to 10000',
    ]);
  });

  it('name one broker, and never repeat its password', () => {
    expect(problemsOf({})).to.have.length(1);
    expect(problemsOf({ url: 'amqp://a', urls: ['amqp://b'] })).to.have.length(1);
    const problems = problemsOf({ url: 'http://shop:secret@a' });
    expect(problems).to.have.length(1);
    expect(problems.join()).not.to.include('secret');
  });

  it('are checked before anything is connected', () => {
    expect(() => createProducer({ url: '' })).to.throw(ConfigError);
  });
});

describe('the codes of a producer', () => {
  it('are on the page of codes, with what may be retried', () => {
    const page = readFileSync(join(root, 'docs/errors.md'), 'utf8');
    const [, table = ''] = page.split('\n## Error codes\n');
    for (const [code, isRetryable] of Object.entries(producerRetries)) {
      expect(table).to.include(`| \`${code}\` | ${isRetryable ? 'yes' : 'no'} |`);
    }
  });
});
