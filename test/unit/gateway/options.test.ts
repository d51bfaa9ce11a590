/** Options: everything wrong is told at once, and what would be unsafe is refused. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { optionProblems } from '../../../gateway/option-problems.ts';
import { gatewayOptionSpecs, readGatewayOption } from '../../../gateway/option-specs.ts';
import { type GatewayOptions, gatewayDefaults } from '../../../gateway/options.ts';

const problems = (options: Partial<GatewayOptions>): readonly string[] =>
  optionProblems({ ...gatewayDefaults, ...options });

const jwtSecret = 'x'.repeat(32);

describe('the options of a gateway', () => {
  it('are in order by default', () => {
    expect(problems({})).to.deep.equal([]);
  });

  it('are named with flag and variable, all that are wrong at once, and never a secret', () => {
    const found = problems({
      ...{ port: 70_000, messageBytesMax: 1.5, id: 'A', path: 'ws', prefetch: -1 },
      ...{ allowedOrigins: ['https://a/b'], adminToken: 'hush' },
    });
    const fields = ['--port (RINGWAY_PORT)', '--message-bytes-max', '--id', '--path'];
    fields.push('--prefetch (RINGWAY_PREFETCH)', 'RINGWAY_ALLOWED_ORIGINS', 'RINGWAY_ADMIN_TOKEN');
    for (const field of fields) expect(found.join('\n')).to.include(field);
    expect(found).to.have.lengthOf(fields.length);
    expect(found.join('\n')).to.not.include('hush');
  });

  const refused: readonly (readonly [string, Partial<GatewayOptions>, string])[] = [
    ['no key beyond loopback', { host: '0.0.0.0' }, 'is not loopback: set one of --jwt-secret'],
    ['two keys', { jwtSecret, jwtKeyFile: 'k' }, 'only one of'],
    ['any page without a key', { allowedOrigins: ['*'] }, 'lets any web page in'],
    ['an open admin port', { adminHost: '::' }, 'set --admin-token'],
    ['keys by plain http', { jwksUrl: 'http://keys.example/' }, 'https'],
    ['more skew than 30 s', { clockSkewMs: 30_001 }, 'from 0 to 30000'],
    ['a parameter as user', { routeBy: { kind: 'query', name: 'user' } }, 'taken'],
    ['a claim without a key', { routeBy: { kind: 'claim', name: 'team' } }, 'needs authentication'],
    ['a proxy that is no address', { trustedProxies: ['10.0.0.0/8', 'lb'] }, '"lb"'],
    ['a prefix of too many bits', { trustedProxies: ['10.0.0.0/33'] }, '--trusted-proxies'],
    ['a host name', { host: 'example.com' }, 'not an IP address'],
  ];
  for (const [name, options, text] of refused) {
    it(`refuse ${name}`, () => {
      expect(problems(options).join('\n')).to.include(text);
    });
  }

  it('allow the same with a key', () => {
    const routeBy = { kind: 'query', name: 'meeting_id' } as const;
    expect(problems({ host: '0.0.0.0', jwtSecret, allowedOrigins: ['*'], routeBy })).to.deep.equal(
      [],
    );
  });

  const texts: readonly (readonly [keyof GatewayOptions, string, unknown])[] = [
    ['port', '8080', 8080],
    ['allowsQueryToken', 'true', true],
    ['allowedOrigins', 'https://a, https://b', ['https://a', 'https://b']],
    ['allowedOrigins', '', []],
    ['routeBy', 'claim:team', { kind: 'claim', name: 'team' }],
    ['jwtIssuer', 'me', 'me'],
  ];
  for (const [field, text, value] of texts) {
    it(`read ${field} from ${JSON.stringify(text)}`, () => {
      expect(readGatewayOption(field, text)).to.deep.equal({ value });
    });
  }

  const badTexts: readonly (readonly [keyof GatewayOptions, string])[] = [
    ['port', '65536'],
    ['port', '1e3'],
    ['port', ' 1'],
    ['port', '0x10'],
    ['port', ''],
    ['allowsQueryToken', 'yes'],
    ['routeBy', 'team'],
    ['routeBy', 'claim:a:b'],
    ['jwtIssuer', ''],
  ];
  for (const [field, text] of badTexts) {
    it(`refuse ${JSON.stringify(text)} as ${field} rather than bend it`, () => {
      expect(readGatewayOption(field, text)).to.have.property('expected');
    });
  }

  it('are all described', () => {
    expect(Object.keys(gatewayOptionSpecs)).to.have.members(Object.keys(gatewayDefaults));
  });
});
