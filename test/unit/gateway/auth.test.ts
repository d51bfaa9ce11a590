/** Tokens: which are believed, and whose key they give. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ConfigError } from '../../../base/index.ts';
import { type AuthRules, authenticate, type Credentials } from '../../../gateway/auth.ts';
import { keysOfFile, keysOfSecret } from '../../../gateway/token-keys.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import {
  ecPair,
  es256,
  hs256,
  type Parts,
  pemOf,
  rs256,
  rsaPair,
  secret,
  unsigned,
} from '../../support/tokens.ts';

const clock = createFakeClock();
const now = Math.floor(clock.wallMs() / 1000);
const claims = { sub: 'alice', exp: now + 60 };

const base: AuthRules = {
  keys: keysOfSecret(secret),
  issuer: undefined,
  audience: undefined,
  clockSkewMs: 5_000,
  allowsQueryToken: false,
  routeBy: { kind: 'user' },
  tokenBytesMax: 4_096,
};

const bearer = (token: string, query = ''): Credentials => ({
  authorization: `Bearer ${token}`,
  protocols: [],
  query: new URLSearchParams(query),
});

/** The key of an accepted credential, or the refusal. */
async function outcome(credentials: Credentials, rules: Partial<AuthRules> = {}): Promise<string> {
  const result = await authenticate(credentials, { ...base, ...rules }, clock);
  return result.ok ? result.identity.key : result.refusal;
}

const rsaRules = { keys: keysOfFile(pemOf(rsaPair.publicKey), 'k.pem') };
const pem = pemOf(rsaPair.publicKey);
const bad = (parts: Parts): Credentials => bearer(hs256({ claims, ...parts }));

describe('authentication', () => {
  const refused: readonly (readonly [string, Credentials, Partial<AuthRules>?])[] = [
    ...['none', 'None', 'nOnE', ''].map(
      (alg) => [`S20 alg "${alg}"`, bearer(unsigned(alg, claims))] as const,
    ),
    ['S20 HS256 with an empty signature', bearer(unsigned('HS256', claims))],
    ...[pem, ` ${pem}`, `\n${pem}`, pem.trim()].map(
      (key) =>
        ['S21 the public key as a secret', bearer(hs256({ claims }, key)), rsaRules] as const,
    ),
    [
      'S21 another algorithm for the same kind of key',
      bearer(hs256({ claims, header: { alg: 'HS512' } })),
    ],
    ['S21 an EC token for an RSA key', bearer(es256({ claims }, ecPair.privateKey)), rsaRules],
    ['S23 an unknown critical header', bad({ header: { crit: ['x'], x: 1 } })],
    ['S24 another type of token', bad({ header: { typ: 'logout+jwt' } })],
    ['S24 no subject', bad({ claims: { exp: now + 60 } })],
    ['S24 a subject that is no string', bad({ claims: { ...claims, sub: 7 } })],
    ['S24 an empty subject', bad({ claims: { ...claims, sub: '' } })],
    ['S24 a subject with a control character', bad({ claims: { ...claims, sub: 'a\u0007' } })],
    ['S24 a subject of 236 bytes', bad({ claims: { ...claims, sub: 'a'.repeat(236) } })],
    ['S24 no issuer where one is wanted', bearer(hs256({ claims })), { issuer: 'i' }],
    ['S24 another issuer', bad({ claims: { ...claims, iss: 'x' } }), { issuer: 'i' }],
    ['S24 no audience where one is wanted', bearer(hs256({ claims })), { audience: 'a' }],
    ['S24 another audience', bad({ claims: { ...claims, aud: ['x'] } }), { audience: 'a' }],
    ['S25 expired beyond the skew', bad({ claims: { ...claims, exp: now - 6 } })],
    ['S25 not yet valid beyond the skew', bad({ claims: { ...claims, nbf: now + 6 } })],
    ['S25 no expiry', bad({ claims: { sub: 'alice' } })],
    ['S25 an expiry as a string', bad({ claims: { ...claims, exp: String(now + 60) } })],
    ['S25 an expiry of 1e30', bad({ claims: { ...claims, exp: 1e30 } })],
    ['S25 a negative expiry', bad({ claims: { ...claims, exp: -1 } })],
    ['S25 an expiry that is null', bad({ claims: { ...claims, exp: null } })],
    ['S29 a token over tokenBytesMax', bad({ claims: { ...claims, pad: 'x'.repeat(4_096) } })],
    ['another secret', bearer(hs256({ claims }, 'another-secret-of-at-least-32-bytes!!'))],
    ['no token at all', { authorization: 'Bearer', protocols: [], query: new URLSearchParams() }],
    ['basic authentication', { ...bearer(''), authorization: 'Basic YTpi' }],
    [
      'two tokens at once',
      { ...bearer(hs256({ claims })), protocols: [`bearer.${hs256({ claims })}`] },
    ],
  ];
  for (const [name, credentials, rules] of refused) {
    it(`refuses ${name}`, async () => {
      expect(await outcome(credentials, rules)).to.equal('auth.invalid');
    });
  }

  const hostileKids = ['../../etc/passwd', "x' or 1=1", '__proto__', 'http://127.0.0.1:1/'];
  for (const kid of hostileKids) {
    it(`S22 looks nothing up by the kid ${kid}, nor follows key URLs in the header`, async () => {
      const set = JSON.stringify({
        keys: [{ ...rsaPair.publicKey.export({ format: 'jwk' }), kid: 'one' }],
      });
      const rules = { keys: keysOfFile(set, 'set.json') };
      const jwk = ecPair.publicKey.export({ format: 'jwk' });
      const header = { kid, jku: 'http://127.0.0.1:1/', x5u: 'http://127.0.0.1:1/', jwk };
      expect(await outcome(bearer(rs256({ claims, header }, rsaPair.privateKey)), rules)).to.equal(
        'auth.invalid',
      );
      expect(await outcome(bearer(es256({ claims, header }, ecPair.privateKey)), rules)).to.equal(
        'auth.invalid',
      );
    });
  }

  it('accepts HS256, RS256, ES256 and a key of a set', async () => {
    const ec = { keys: keysOfFile(pemOf(ecPair.publicKey), 'k.pem') };
    const jwk = {
      keys: keysOfFile(JSON.stringify(ecPair.publicKey.export({ format: 'jwk' })), 'k.json'),
    };
    const keys = [rsaPair, ecPair].map((pair, i) => ({
      ...pair.publicKey.export({ format: 'jwk' }),
      kid: `${i}`,
    }));
    const set = { keys: keysOfFile(JSON.stringify({ keys }), 'set.json') };
    expect(await outcome(bearer(hs256({ claims })))).to.equal('user:alice');
    expect(await outcome(bearer(rs256({ claims }, rsaPair.privateKey)), rsaRules)).to.equal(
      'user:alice',
    );
    expect(await outcome(bearer(es256({ claims }, ecPair.privateKey)), ec)).to.equal('user:alice');
    expect(await outcome(bearer(es256({ claims }, ecPair.privateKey)), jwk)).to.equal('user:alice');
    const header = { kid: '1' };
    expect(await outcome(bearer(es256({ claims, header }, ecPair.privateKey)), set)).to.equal(
      'user:alice',
    );
  });

  it('grants the skew at both ends, and counts it into the end of the connection', async () => {
    const token = hs256({ claims: { sub: 'alice', nbf: now + 4, exp: now - 4 + 8 } });
    const result = await authenticate(bearer(token), base, clock);
    expect(result).to.deep.include({ ok: true });
    expect(result.ok && result.identity.expiresAtMs).to.equal((now + 4) * 1000 + 5_000);
    expect(await outcome(bearer(hs256({ claims: { sub: 'a', exp: now - 4 } })))).to.equal('user:a');
  });

  it('takes a token from a subprotocol, and from the URL only where that is allowed', async () => {
    const token = hs256({ claims });
    const query = new URLSearchParams({ access_token: token });
    const inUrl: Credentials = { authorization: undefined, protocols: [], query };
    const offered: Credentials = {
      ...inUrl,
      protocols: ['ringway.v1', `bearer.${token}`],
      query: new URLSearchParams(),
    };
    expect(await outcome(offered)).to.equal('user:alice');
    expect(await outcome(inUrl)).to.equal('auth.missing');
    expect(await outcome(inUrl, { allowsQueryToken: true })).to.equal('user:alice');
  });

  it('routes by a claim or a query parameter, whose name becomes the prefix', async () => {
    const token = hs256({ claims: { ...claims, team: 't-1', deep: {} } });
    const claim = (name: string) => ({ routeBy: { kind: 'claim', name } as const });
    const query = { routeBy: { kind: 'query', name: 'meeting_id' } as const };
    expect(await outcome(bearer(token), claim('team'))).to.equal('team:t-1');
    expect(await outcome(bearer(token), claim('deep'))).to.equal('route.missing');
    expect(await outcome(bearer(token), claim('constructor'))).to.equal('route.missing');
    expect(await outcome(bearer(token, 'meeting_id=m:7'), query)).to.equal('meeting_id:m:7');
    expect(await outcome(bearer(token, 'meeting_id=a&meeting_id=b'), query)).to.equal(
      'route.missing',
    );
    expect(await outcome(bearer(token), query)).to.equal('route.missing');
    const longest = `meeting_id=${'m'.repeat(229)}`;
    expect(await outcome(bearer(token, longest), query)).to.have.length(240);
    expect(await outcome(bearer(token, `${longest}m`), query)).to.equal('route.missing');
  });

  it('S65 takes hostile names as ordinary ids, with and without tokens', async () => {
    for (const user of [
      '__proto__',
      'constructor',
      'a/b',
      '../x',
      '🦊',
      'é',
      'é',
      '*.#',
      '\u202e',
    ]) {
      expect(await outcome(bad({ claims: { ...claims, sub: user } }))).to.equal(`user:${user}`);
      const query = new URLSearchParams({ user });
      const credentials = { authorization: undefined, protocols: [], query };
      expect(await outcome(credentials, { keys: undefined })).to.equal(`user:${user}`);
    }
  });

  it('refuses keys that are weak, private or of another kind', () => {
    const privatePem = rsaPair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const privateJwk = JSON.stringify(ecPair.privateKey.export({ format: 'jwk' }));
    const symmetricSet = JSON.stringify({ keys: [{ kty: 'oct', k: 'AA' }] });
    for (const text of [privatePem, privateJwk, symmetricSet, 'nonsense', '{}', '']) {
      expect(() => keysOfFile(text, 'k')).to.throw(ConfigError, 'jwtKeyFile k');
    }
    expect(() => keysOfSecret('short')).to.throw(ConfigError, 'shorter than 32');
    expect(() => keysOfSecret(pem)).to.throw(ConfigError, 'PEM');
  });
});
