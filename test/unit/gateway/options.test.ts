/** Options: everything wrong is told at once, and what would be unsafe is refused. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ConfigError } from '../../../base/index.ts';
import { gatewayDefaults } from '../../../gateway/options.ts';
import { gatewayFlags, parseGatewayOptions } from '../../../gateway/options-parse.ts';

type Strings = Record<string, string>;
const parse = (flags: Strings, env: Strings = {}) => parseGatewayOptions({ flags, env });

function problems(flags: Strings, env: Strings = {}): readonly string[] {
  try {
    parse(flags, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('the options of a gateway', () => {
  it('are the defaults when nothing is given', () => {
    expect(parse({})).to.deep.equal(gatewayDefaults);
  });

  it('come from flags before the environment', () => {
    const options = parse({ port: '1' }, { RINGWAY_PORT: '2', RINGWAY_MESSAGE_BYTES_MAX: '99' });
    expect(options).to.include({ port: 1, messageBytesMax: 99 });
  });

  it('name every bad value with its flag and variable, and never a secret', () => {
    const found = problems(
      { port: '70000', 'message-bytes-max': '1e3', 'route-by': 'x', id: 'A', path: 'ws' },
      {
        RINGWAY_ALLOWED_ORIGINS: 'https://a/b',
        RINGWAY_ADMIN_TOKEN: 'hush',
        RINGWAY_PREFETCH: '-1',
      },
    );
    const fields = ['--port', '--message-bytes-max', '--route-by', '--id', '--path'];
    fields.push('RINGWAY_ALLOWED_ORIGINS', 'RINGWAY_ADMIN_TOKEN', 'RINGWAY_PREFETCH');
    for (const field of fields) expect(found.join('\n')).to.include(field);
    expect(found).to.have.lengthOf(fields.length);
    expect(found.join('\n')).to.not.include('hush');
  });

  const refused: readonly (readonly [string, Strings, string])[] = [
    ['no key beyond loopback', { host: '0.0.0.0' }, 'is not loopback: set one of --jwt-secret'],
    ['two keys', { 'jwt-secret': 'x'.repeat(32), 'jwt-key-file': 'k' }, 'only one of'],
    ['any page without a key', { 'allowed-origins': '*' }, 'lets any web page in'],
    ['an open admin port', { 'admin-host': '::' }, 'set --admin-token'],
    ['keys by plain http', { 'jwks-url': 'http://keys.example/' }, 'https'],
    ['more skew than 30 s', { 'clock-skew-ms': '30001' }, 'from 0 to 30000'],
    ['a query parameter as user', { 'route-by': 'query:user' }, 'taken'],
    ['a claim without a key', { 'route-by': 'claim:team' }, 'needs authentication'],
    ['a proxy that is no address', { 'trusted-proxies': '10.0.0.0/8,lb' }, '"lb"'],
    ['a prefix of too many bits', { 'trusted-proxies': '10.0.0.0/33' }, '--trusted-proxies'],
    ['a host name', { host: 'example.com' }, 'not an IP address'],
  ];
  for (const [name, flags, text] of refused) {
    it(`refuse ${name}`, () => {
      expect(problems(flags).join('\n')).to.include(text);
    });
  }

  it('allow the same with a key', () => {
    const options = parse({
      ...{ host: '0.0.0.0', 'jwt-secret': 'x'.repeat(32), 'allowed-origins': '*' },
      'route-by': 'query:meeting_id',
    });
    expect(options.routeBy).to.deep.equal({ kind: 'query', name: 'meeting_id' });
  });

  it('have a flag each', () => {
    expect(gatewayFlags).to.include('send-buffer-bytes-max');
    expect(gatewayFlags).to.have.lengthOf(Object.keys(gatewayDefaults).length);
  });
});
