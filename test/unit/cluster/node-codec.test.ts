import { expect } from 'chai';
import { describe, it } from 'mocha';
import { credentialsFrom } from '../../../cluster/credentials.ts';
import type { NodeContent } from '../../../cluster/index.ts';
import { createNodeCodec } from '../../../cluster/node-codec.ts';

const secret = 'a secret of sixteen or more';
const codec = createNodeCodec(credentialsFrom(secret).signingKey);
const name = 'w-1-0000000007';

function signed(content: unknown): Buffer {
  return codec.encode('live', content as NodeContent);
}

describe('the content of a node', () => {
  const contents: readonly NodeContent[] = [
    { id: 'w-1' },
    { id: 'w-1', boot: 'w-1@3', address: '10.0.0.1:7000', build: 'b', nonce: 'n' },
    { id: 'w-1', boot: 'w-1@3', weight: 0.25 },
  ];
  for (const content of contents) {
    it(`comes back as it was given: ${JSON.stringify(content)}`, () => {
      const node = codec.decode('live', name, signed(content));
      expect(node).to.deep.equal({ boot: 'w-1@7', ...content, name });
    });
  }

  it('is text that a person can read', () => {
    expect(signed({ id: 'w-1' }).toString()).to.match(/^[\da-f]{64}\n\{"id":"w-1"\}$/);
  });

  it('leaves out fields of a later version', () => {
    const node = codec.decode('live', name, signed({ id: 'w-1', colour: 'red' }));
    expect(node).to.deep.equal({ id: 'w-1', name, boot: 'w-1@7' });
  });

  const good = signed({ id: 'w-1' });
  const other = createNodeCodec(credentialsFrom(`${secret}!`).signingKey);
  const strangers: readonly [string, string, Buffer, RegExp][] = [
    ['without a signature', name, Buffer.from('{"id":"w-1"}'), /^unsigned$/],
    ['signed with another secret', name, other.encode('live', { id: 'w-1' }), /wrongly signed/],
    ['copied from another folder', name, codec.encode('ring', { id: 'w-1' }), /wrongly signed/],
    ['changed after signing', name, Buffer.from(`${good}`.replace('w-1', 'w-2')), /wrongly signed/],
    ['with another text before the signature', name, Buffer.from(`x${good}`), /wrongly signed/],
    ['of another id than its name', 'w-2-0000000007', good, /a node of w-1/],
    ['whose name has no sequence number', 'w-1-', good, /a node of w-1/],
    ['that is empty', name, Buffer.alloc(0), /wrongly signed/],
    ['that is huge', name, Buffer.alloc(5000, 'x'), /5000 bytes/],
    ['without an id', name, signed({ weight: 1 }), /unreadable/],
    ['that is no object', name, signed('w-1'), /unreadable/],
    ['that is a list', name, signed([]), /unreadable/],
    ['with an id that no worker has', name, signed({ id: 'W 1' }), /unreadable/],
    ['with a boot identity that none is', name, signed({ id: 'w-1', boot: 'w-1' }), /unreadable/],
    ['with a negative weight', name, signed({ id: 'w-1', weight: -1 }), /unreadable/],
    ['with an address that is a number', name, signed({ id: 'w-1', address: 1 }), /unreadable/],
  ];
  for (const [what, itsName, bytes, problem] of strangers) {
    it(`${what} is refused`, () => {
      const refused = codec.decode('live', itsName, bytes);
      expect('problem' in refused ? refused.problem : '').to.match(problem);
    });
  }

  it('cannot touch prototypes', () => {
    const bytes = signed(JSON.parse('{"id":"w-1","__proto__":{"weight":7},"constructor":1}'));
    const node = codec.decode('live', name, bytes);
    expect(node).to.deep.equal({ id: 'w-1', name, boot: 'w-1@7' });
  });
});

describe('what the secret gives', () => {
  it('is the same in every process, and tells nothing of the secret or each other', () => {
    const [one, two] = [credentialsFrom(secret), credentialsFrom(secret)];
    expect(one).to.deep.equal(two);
    expect(one.digest).to.match(/^ringway:[\da-f]{64}$/);
    expect(one.digest).not.to.contain(one.signingKey.toString('hex'));
    expect(credentialsFrom(`${secret}!`).digest).not.to.equal(one.digest);
  });
});
