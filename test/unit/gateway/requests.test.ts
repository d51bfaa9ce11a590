/** The pure looks at a request: its shape, its resume string, what an application may see. */
import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { guard } from '../../../base/admin-guard.ts';
import { isId, publicQuery } from '../../../gateway/identity.ts';
import { parseResume } from '../../../gateway/resume.ts';
import { checkUpgrade } from '../../../gateway/upgrade-check.ts';

const rules = { path: '/ws', allowedOrigins: ['https://a.example'], headersMax: 64 };
const headers = [
  ...['Host', 'h', 'Upgrade', 'websocket', 'Connection', 'Upgrade'],
  ...['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version', '13'],
];
const upgrade = { method: 'GET', httpVersion: '1.1', target: '/ws?a=1', rawHeaders: headers };

describe('the check of an upgrade', () => {
  it('takes a request apart', () => {
    const more = ['Origin', 'https://a.example', 'sec-websocket-protocol', ' a , b'];
    const verdict = checkUpgrade({ ...upgrade, rawHeaders: [...headers, ...more] }, rules);
    expect(verdict).to.deep.equal({
      ok: true,
      request: {
        ...{ path: '/ws', query: 'a=1', origin: 'https://a.example', forwardedFor: '' },
        ...{ authorization: undefined, protocols: ['a', 'b'] },
      },
    });
  });

  it('refuses a second Origin, or a second Authorization', () => {
    const twice = (name: string) => [...headers, name, 'https://a.example', name, 'x'];
    for (const [name, refusal] of [
      ['Origin', 'origin.refused'],
      ['Authorization', 'auth.invalid'],
    ] as const) {
      const verdict = checkUpgrade({ ...upgrade, rawHeaders: twice(name) }, rules);
      expect(verdict).to.deep.equal({ ok: false, refusal });
    }
  });

  it('never throws, and never takes another path, whatever the target and headers are', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.string()), (target, extra) => {
        const rawHeaders = [...headers, ...extra];
        const verdict = checkUpgrade({ ...upgrade, target, rawHeaders }, rules);
        return !verdict.ok || target === '/ws' || target.startsWith('/ws?');
      }),
    );
  });
});

describe('a resume request', () => {
  const session = 'ab'.repeat(16);
  const parsed = (resume: string) => parseResume(new URLSearchParams({ resume, session }));

  it('is a position and a session, or nothing', () => {
    expect(parsed('4b1f-3-17.12')).to.deep.equal({
      session,
      position: { epoch: '4b1f-3-17', next: 12 },
    });
    expect(parseResume(new URLSearchParams('a=1'))).to.equal('none');
  });

  for (const resume of [
    '',
    '.',
    'e',
    'e.',
    '.1',
    'e.-1',
    'e.01',
    'e.1e3',
    'e.1.2',
    'e .1',
    'é.1',
  ]) {
    it(`is refused with "${resume}"`, () => {
      expect(parsed(resume)).to.equal('malformed');
    });
  }

  it('takes offsets up to 2^53 − 1 only', () => {
    expect(parsed('e.9007199254740991')).to.have.nested.property('position.next', 2 ** 53 - 1);
    expect(parsed('e.9007199254740992')).to.equal('malformed');
  });
});

describe('an id', () => {
  it('is 1 to 235 bytes of UTF-8 without control characters', () => {
    for (const id of ['a', '__proto__', '/', '🦊'.repeat(58), 'a'.repeat(235), ' ', '\u202e']) {
      expect(isId(id), id).to.equal(true);
    }
    const bad = [
      '',
      'a'.repeat(236),
      '🦊'.repeat(59),
      '\0',
      'a\nb',
      '\u0085',
      '\ud800',
      7,
      undefined,
    ];
    for (const id of bad) expect(isId(id), JSON.stringify(id)).to.equal(false);
  });
});

describe('the query that an application sees', () => {
  it("has none of the gateway's own parameters, however often they come", () => {
    const query = 'a=1&access_token=t&access_token=u&user=x&resume=r&session=s&b=%26';
    expect(publicQuery(new URLSearchParams(query))).to.equal('a=1&b=%26');
  });
});

describe('the guard of the admin port', () => {
  const request = {
    ...{ method: 'POST', path: '/v1/events', host: 'localhost:1', origin: undefined },
    ...{ fetchSite: undefined, authorization: undefined, contentType: undefined, hasBody: false },
  };

  it('lets an own page and a command line in, and JSON only', () => {
    expect(guard(request, undefined)).to.equal(undefined);
    const page = { ...request, origin: 'http://localhost:1', fetchSite: 'same-origin' };
    expect(guard(page, undefined)).to.equal(undefined);
    const body = { ...request, hasBody: true };
    expect(guard(body, undefined)).to.equal('admin.media_type');
    const json = { ...body, contentType: 'Application/JSON; charset=utf-8' };
    expect(guard(json, undefined)).to.equal(undefined);
  });

  it('compares the token as a whole', () => {
    const withToken = (authorization: string) =>
      guard({ ...request, authorization }, 'secret-token');
    expect(withToken('Bearer secret-token')).to.equal(undefined);
    for (const wrong of [
      '',
      'Bearer ',
      'Bearer secret-toke',
      'Bearer secret-token1',
      'secret-token',
    ]) {
      expect(withToken(wrong)).to.equal('admin.unauthorized');
    }
    expect(guard({ ...request, method: 'POST', path: '/healthz' }, 'secret-token')).to.equal(
      'admin.unauthorized',
    );
  });
});
