/** docs/protocol.md against the source: every frame, record, limit and error, both ways. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { LinkError, type LinkErrorCode } from '../../../link/errors.ts';
import type { NamedShape } from '../../../link/fields.ts';
import { type HandshakeMessage, handshakeRows } from '../../../link/handshake.ts';
import type { LinkMessage } from '../../../link/messages.ts';
import { linkLimitsDefault } from '../../../link/options.ts';
import { messageRows } from '../../../link/schema.ts';
import { TagTable } from '../../../link/structs.ts';
import { partsOf, rowsOf } from './shapes.ts';

const read = (path: string): string =>
  readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
const page = read('docs/protocol.md');

/** `#`-headings with the cells of the table below each, header and ruler left out. */
const tables = new Map(
  page.split(/^#+ /m).map((section) => {
    const [heading = '', ...lines] = section.split('\n');
    const rows = lines.filter((line) => line.startsWith('|')).slice(2);
    return [heading.trim(), rows.map((row) => row.split('|').map((cell) => cell.trim()))];
  }),
);
const fieldsUnder = (heading: string): string[] =>
  (tables.get(heading) ?? []).map(([, name, type]) => `${name}: ${type}`);

const frames = [
  ...new TagTable<HandshakeMessage, 'type'>('type', handshakeRows).variants,
  ...new TagTable<LinkMessage, 'type'>('type', messageRows).variants,
];
const headingOf = ({ code, tag }: { readonly code: number; readonly tag: string }): string =>
  `0x${code.toString(16).padStart(2, '0')} ${tag}`;
const all: readonly NamedShape[] = frames.flatMap(({ fields }) => fields);

describe('docs/protocol.md', () => {
  for (const frame of frames) {
    it(`lists ${frame.tag} with its number, fields and types in order`, () => {
      expect([...tables.keys()]).to.include(headingOf(frame));
      expect(fieldsUnder(headingOf(frame))).to.deep.equal(rowsOf(frame.fields));
    });
  }

  for (const [name, rows] of partsOf(all)) {
    it(`lists the parts of ${name}`, () => {
      expect(fieldsUnder(name)).to.deep.equal(rows);
    });
  }

  it('lists no frame and no record that does not exist', () => {
    const known = new Set([...frames.map(headingOf), ...partsOf(all).keys()]);
    const listed = [...tables].filter(([, rows]) => rows.some(([, name]) => name === 'slot'));
    for (const [heading] of listed) expect(known).to.include(heading);
    for (const heading of tables.keys()) {
      if (heading.startsWith('0x')) expect(known).to.include(heading);
    }
  });

  it('says of each frame who sends it to whom', () => {
    const words = {
      any: 'Any to any',
      'gateway→worker': 'Gateway to worker',
      'worker→gateway': 'Worker to gateway',
      'worker→worker': 'Worker to worker',
    };
    for (const [type, { code, flow }] of Object.entries(messageRows)) {
      const section = page.split(`### ${headingOf({ code, tag: type })}\n`)[1] ?? '';
      expect(section.trimStart().startsWith(words[flow]), `${type}: ${flow}`).to.equal(true);
    }
  });

  it('lists every limit with its default', () => {
    const listed = (tables.get('7. Limits') ?? []).map(([, name, value]) => [name, Number(value)]);
    expect(Object.fromEntries(listed)).to.deep.equal(linkLimitsDefault);
  });

  it('lists every error code, and whether it lasts', () => {
    const codes = [...read('link/errors.ts').matchAll(/^ {2}\| '(link\.\w+)'/gm)].map(
      ([, code]) => code as LinkErrorCode,
    );
    expect(codes.length).to.be.greaterThan(15);
    const listed = (tables.get('8. Errors') ?? []).map(([, code, lasting]) => [code, lasting]);
    const expected = codes.map((code) => {
      const { retryable } = new LinkError(code, '');
      return [`\`${code}\``, retryable ? 'no' : 'yes'];
    });
    expect(listed).to.deep.equal(expected);
  });
});
