/** docs/writing-a-client.md, docs/publishing.md and examples/client.py against the source. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { eventBytesMaxDefault, eventLimits } from '../../../events/envelope.ts';
import { closeCodes } from '../../../gateway/close-codes.ts';
import { gatewayDefaults } from '../../../gateway/options.ts';
import { refusals } from '../../../gateway/refusals.ts';
import { defaultLimits } from '../../../worker/limits.ts';
import { python } from '../../support/python.ts';

const root = join(import.meta.dirname, '../../..');
const text = (path: string): string => readFileSync(join(root, path), 'utf8');
const codes = Object.values(closeCodes);

describe('docs/writing-a-client.md', () => {
  it('sends a client back, or not, as the close codes say', () => {
    const rows = [...text('docs/writing-a-client.md').matchAll(/^\| ([\d–, ]+)[^|]*\| (.*) \|$/gm)];
    for (const { code, isRetryable } of codes) {
      const verdicts = rows
        .filter(([, cell = '']) => covers(cell, code))
        .map(([, , what = '']) => !what.startsWith('do not'));
      expect(verdicts, String(code)).to.deep.equal([isRetryable]);
    }
  });
});

/** `4000–4499` or `1012, 1013`. */
function covers(cell: string, code: number): boolean {
  return cell.split(',').some((part) => {
    const [from = '', to = from] = part.trim().split('–');
    return code >= Number(from || Number.NaN) && code <= Number(to);
  });
}

describe('examples/client.py', () => {
  it('obeys every close code that a gateway sends', () => {
    // The package `websockets` is not needed to read the file.
    const script = [
      'import json, sys, types',
      'stub = types.ModuleType("websockets")',
      'stub.WebSocketException = stub.ConnectionClosed = Exception',
      'sys.modules["websockets"] = stub',
      `sys.path.insert(0, ${JSON.stringify(join(root, 'examples'))})`,
      'sys.dont_write_bytecode = True',
      'from client import is_retryable_close',
      'print(json.dumps([is_retryable_close(code) for code in json.load(sys.stdin)]))',
    ].join('\n');
    const answers = python(['-c', script], [...codes.map(({ code }) => code), 1006]);
    expect(answers).to.deep.equal([...codes.map(({ isRetryable }) => isRetryable), true]);
  });
});

describe('docs/publishing.md', () => {
  const page = text('docs/publishing.md');

  it('names the limits that the source has', () => {
    expect(page).to.include(
      `\`partitionkey\` is the whole key. At most ${eventLimits.keyBytesMax} bytes`,
    );
    expect(page).to.match(new RegExp(`\`type\`.*at most ${eventLimits.typeBytesMax} bytes`));
    expect(page).to.match(new RegExp(`\`id\`.*at most ${eventLimits.idBytesMax} bytes`));
    expect(page).to.match(new RegExp(`\`source\`.*at most ${eventLimits.sourceBytesMax} bytes`));
    expect(page).to.include(`At most ${eventBytesMaxDefault / 1024} KiB`);
    expect(page).to.include(`${gatewayDefaults.adminBodyBytesMax / 1024 / 1024} MiB in all`);
    expect(page).to.include(`last ${defaultLimits.idsPerKeyMax.toLocaleString('en')} ids`);
  });

  it('lists answers under the status that they have', () => {
    const rows = [...page.matchAll(/^\| ([\d, ]+)[^|]*\| (`[^|]*`) \|/gm)];
    expect(rows).to.have.length.greaterThan(4);
    for (const [, statuses = '', names = ''] of rows) {
      for (const [, name = ''] of names.matchAll(/`([\w.]+)`/g)) {
        const known: Readonly<Record<string, { readonly status: number }>> = refusals;
        expect(statuses.split(',').map(Number), name).to.include(known[name]?.status);
      }
    }
  });
});
