/**
 * docs/vectors/frames.json in both directions. `UPDATE=1` writes it anew; commit the difference
 * only if the protocol was meant to change.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { decodeMessage } from '../../../link/decode.ts';
import { encodedMessage } from '../../../link/encode.ts';
import {
  decodeHandshake,
  encodedHandshake,
  handshakeRows,
  macOf,
} from '../../../link/handshake.ts';
import { messageRows } from '../../../link/schema.ts';
import { frameBytesMax, framesIn, plain } from './bytes.ts';
import { handshakeExamples, messageExamples } from './examples.ts';

const file = new URL('../../../docs/vectors/frames.json', import.meta.url);
const secret = 'correct horse battery staple';

interface Vector {
  readonly type: string;
  readonly message: unknown;
  readonly hex: string;
}

interface Vectors {
  readonly secret: string;
  readonly handshake: readonly Vector[];
  readonly messages: readonly Vector[];
  readonly macs: readonly { readonly claim: string; readonly mac: string }[];
}

const claims = ['dialler', 'acceptor', 'refused foreign_cluster'] as const;

function transcript() {
  const [hello, challenge] = handshakeExamples;
  if (hello?.type !== 'HELLO' || challenge?.type !== 'CHALLENGE') throw new Error('examples');
  return { hello, challenge };
}

function current(): Vectors {
  return {
    secret,
    handshake: handshakeExamples.map((message) => ({
      type: message.type,
      message: plain(message),
      hex: encodedHandshake(message, 1024).toString('hex'),
    })),
    messages: messageExamples.map((message) => ({
      type: message.type,
      message: plain(message),
      hex: encodedMessage(message, frameBytesMax).toString('hex'),
    })),
    macs: claims.map((claim) => ({
      claim,
      mac: macOf(secret, claim, transcript()).toString('hex'),
    })),
  };
}

if (process.env.UPDATE === '1') {
  writeFileSync(file, `${JSON.stringify(current(), undefined, 2)}\n`);
}
const vectors: Vectors = JSON.parse(readFileSync(file, 'utf8'));

function frameOf({ hex }: Vector) {
  const frames = framesIn(Buffer.from(hex, 'hex'));
  expect(frames).to.have.length(1);
  const [frame] = frames;
  if (frame === undefined) throw new Error('no frame');
  return frame;
}

describe('the byte vectors', () => {
  it('hold every type of frame', () => {
    const types = [...vectors.handshake, ...vectors.messages].map(({ type }) => type);
    expect([...new Set(types)].sort()).to.deep.equal(
      [...Object.keys(handshakeRows), ...Object.keys(messageRows)].sort(),
    );
  });

  for (const [place, vector] of vectors.messages.entries()) {
    it(`${vector.type} (${place}) encodes to its bytes and decodes from them`, () => {
      const [example] = messageExamples.slice(place);
      if (example === undefined) throw new Error('vectors and examples differ in number');
      expect(encodedMessage(example, frameBytesMax).toString('hex')).to.equal(vector.hex);
      expect(plain(decodeMessage(frameOf(vector)))).to.deep.equal(vector.message);
    });
  }

  for (const [place, vector] of vectors.handshake.entries()) {
    it(`${vector.type} (${place}) of the handshake does so too`, () => {
      const [example] = handshakeExamples.slice(place);
      if (example === undefined) throw new Error('vectors and examples differ in number');
      expect(encodedHandshake(example, 1024).toString('hex')).to.equal(vector.hex);
      expect(plain(decodeHandshake(frameOf(vector)))).to.deep.equal(vector.message);
    });
  }

  it('hold the proofs of their own HELLO and CHALLENGE', () => {
    expect(vectors.macs).to.deep.equal(current().macs);
  });
});
