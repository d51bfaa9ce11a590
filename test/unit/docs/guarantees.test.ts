import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { gatewayDefaults } from '../../../gateway/options.ts';
import { defaultLimits } from '../../../worker/limits.ts';

describe('docs/guarantees.md', () => {
  it('states the defaults that the source has', async () => {
    const page = await readFile(join(import.meta.dirname, '../../../docs/guarantees.md'), 'utf8');
    const rows = [...page.matchAll(/^\| `(\w+)` \| (\d+) \|/gm)];
    const stated = Object.fromEntries(rows.map(([, name, value]) => [name, Number(value)]));
    const known: Readonly<Record<string, unknown>> = { ...gatewayDefaults, ...defaultLimits };
    const actual = Object.fromEntries(Object.keys(stated).map((name) => [name, known[name]]));
    expect(rows).to.have.length.greaterThan(10);
    expect(stated).to.deep.equal(actual);
  });

  it('states what must hold between gateways and workers, and does by default', () => {
    const { prefetch } = gatewayDefaults;
    const { idsPerKeyMax, stuckEventsMax } = defaultLimits;
    expect(idsPerKeyMax).to.be.at.least(2 * prefetch);
    expect(stuckEventsMax).to.be.at.most(prefetch / 4);
  });
});
