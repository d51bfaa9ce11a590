/** Keys fetched by URL: rotation, unknown keys, and an issuer that is away. */
import { createServer, type Server } from 'node:http';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { systemClock } from '../../../base/index.ts';
import { authenticate } from '../../../gateway/auth.ts';
import { keysOfUrl } from '../../../gateway/token-keys.ts';
import { ecPair, es256, hs256, rs256, rsaPair } from '../../support/tokens.ts';

// Made when the file is loaded, which may be minutes before it runs.
const claims = { sub: 'alice', exp: Math.floor(systemClock.wallMs() / 1000) + 3600 };
const jwks = JSON.stringify({
  keys: [rsaPair, ecPair].map(({ publicKey }, index) => ({
    ...publicKey.export({ format: 'jwk' }),
    kid: `k-${index}`,
  })),
});

describe('a key set by URL', () => {
  let server: Server;
  let url = '';
  let fetches = 0;
  let status = 200;

  beforeEach(async () => {
    fetches = 0;
    status = 200;
    server = createServer((_request, response) => {
      fetches += 1;
      response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
      response.end(jwks);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/keys`;
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  function authentication() {
    const rules = {
      ...{ keys: keysOfUrl(url), issuer: undefined, audience: undefined, clockSkewMs: 0 },
      ...({ allowsQueryToken: false, routeBy: { kind: 'user' }, tokenBytesMax: 4_096 } as const),
    };
    return async (token: string): Promise<string> => {
      const credentials = { authorization: `Bearer ${token}`, protocols: [] };
      const query = new URLSearchParams();
      const result = await authenticate({ ...credentials, query }, rules, systemClock);
      return result.ok ? result.identity.key : result.refusal;
    };
  }

  it('believes its keys, fetched once, and no secret', async () => {
    const outcome = authentication();
    const rs = rs256({ claims, header: { kid: 'k-0' } }, rsaPair.privateKey);
    const es = es256({ claims, header: { kid: 'k-1' } }, ecPair.privateKey);
    expect(await outcome(rs)).to.equal('user:alice');
    expect(await outcome(es)).to.equal('user:alice');
    expect(await outcome(hs256({ claims, header: { kid: 'k-0' } }, jwks))).to.equal('auth.invalid');
    expect(fetches).to.equal(1);
  });

  it('S22 is not fetched again for each unknown kid', async () => {
    const outcome = authentication();
    for (let n = 0; n < 50; n += 1) {
      const token = es256({ claims, header: { kid: `x-${n}` } }, ecPair.privateKey);
      expect(await outcome(token)).to.equal('auth.invalid');
    }
    expect(fetches).to.be.at.most(2);
  });

  it('makes clients try again when it cannot be had', async () => {
    const token = es256({ claims, header: { kid: 'k-1' } }, ecPair.privateKey);
    status = 500;
    expect(await authentication()(token)).to.equal('auth.unavailable');
    const outcome = authentication();
    await new Promise((resolve) => server.close(resolve));
    expect(await outcome(token)).to.equal('auth.unavailable');
  });
});
