/** docs/errors.md against the source: what is sent, answered or thrown is listed, and only that. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { closeCodes } from '../../../gateway/close-codes.ts';
import { refusals, refusalText } from '../../../gateway/refusals.ts';

const root = join(import.meta.dirname, '../../..');
const page = readFileSync(join(root, 'docs/errors.md'), 'utf8');
const folders = [
  'base',
  'ring',
  'link',
  'cluster',
  'events',
  'worker',
  'gateway',
  'producer',
  'cli',
];

/** The cells of a section's table, without its head. */
function rowsOf(section: string): string[][] {
  const [, text = ''] = page.split(`\n## ${section}\n`);
  const [body = ''] = text.split('\n## ');
  const lines = body.split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const plain = (cell: string | undefined): string => (cell ?? '').replaceAll('`', '');

function sourceFiles(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
}

const sources = folders.flatMap(sourceFiles);

/** Codes with which the source makes an error. */
function thrownCodes(): Set<string> {
  const made = /(?:new [A-Za-z]*Error|invalid|super)\(\s*'([a-z_]+\.[a-z_]+)'/g;
  const members = /^\s*\| '((?:link|ring)\.[a-z_]+)'/gm;
  const all = sources.flatMap((text) => [...text.matchAll(made), ...text.matchAll(members)]);
  return new Set(all.map(([, code = '']) => code));
}

describe('docs/errors.md', () => {
  it('lists every close code with its reason and range, and no other', () => {
    const listed = rowsOf('Close codes').map(([code, reason, retry]) => [
      Number(code),
      plain(reason),
      retry,
    ]);
    const sent = Object.values(closeCodes).map(({ code, reason, isRetryable }) => [
      code,
      reason,
      isRetryable ? 'yes' : 'no',
    ]);
    expect(listed).to.have.deep.members(sent);
  });

  it('keeps to the ranges: 4000 to 4499 come back, 4500 to 4999 do not', () => {
    for (const { code, isRetryable } of Object.values(closeCodes)) {
      if (code >= 4000) expect(isRetryable, String(code)).to.equal(code < 4500);
    }
    const codes = Object.values(closeCodes).map(({ code }) => code);
    expect(new Set(codes).size).to.equal(codes.length);
  });

  it('lists every HTTP answer with its status and headers, and no other', () => {
    const listed = rowsOf('HTTP answers').map(([code, status, headers]) => [
      plain(code),
      Number(status),
      plain(headers),
    ]);
    const answered = Object.entries(refusals).map(([code, refusal]) => {
      const headers = 'headers' in refusal ? Object.entries(refusal.headers) : [];
      return [code, refusal.status, headers.map(([name, value]) => `${name}: ${value}`).join(', ')];
    });
    expect(listed).to.have.deep.members(answered);
  });

  it('shows the body of an answer as it is sent', () => {
    expect(page).to.include('{"error":"upgrade.version"}');
    expect(refusalText('upgrade.version')).to.match(/\r\n\r\n\{"error":"upgrade\.version"\}\n$/);
  });

  it('lists every error code that the source makes, and none that it does not have', () => {
    const listed = rowsOf('Error codes').map(([code]) => plain(code));
    const all = sources.join('\n');
    const forgotten = [...thrownCodes()].filter((code) => !listed.includes(code));
    expect(forgotten, 'made, but not on the page').to.deep.equal([]);
    const gone = listed.filter((code) => !all.includes(`'${code}'`));
    expect(gone, 'on the page, but not made').to.deep.equal([]);
    expect(new Set(listed).size).to.equal(listed.length);
  });
});
