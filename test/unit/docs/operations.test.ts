import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { before, describe, it } from 'mocha';
import { exitCodes } from '../../../cli/command.ts';
import { commands } from '../../../cli/commands.ts';
import { GatewayMetrics } from '../../../gateway/metrics.ts';
import { newMemory } from '../../../worker/memory.ts';
import { createWorkerMetrics } from '../../../worker/metrics.ts';
import { countSlots } from '../../../worker/status.ts';

const emptyStatus = {
  slots: countSlots(0, () => {
    throw new Error('there is no slot');
  }),
  memory: { heldBytes: 0, bytesMax: 0, isFull: false, ...newMemory().counts },
};

describe('docs/operations.md', () => {
  let page = '';

  before(async () => {
    page = await readFile(join(import.meta.dirname, '../../../docs/operations.md'), 'utf8');
  });

  it('shows every command, and none that is not there', () => {
    const shown = [...page.matchAll(/^\| `ringway (\w+)/gm)].map(([, name]) => name);
    expect(shown).to.have.members(commands.map(({ name }) => name));
  });

  it('names every exit code', () => {
    const [paragraph = ''] = /^Exit codes:.*?\n\n/ms.exec(page) ?? [];
    const named = [...paragraph.matchAll(/\b(\d+) [a-z]/g)].map(([, code]) => Number(code));
    expect(named).to.have.members(Object.values(exitCodes));
  });

  it('watches metrics that exist', async () => {
    const shown = [...page.matchAll(/^\| `(ringway_\w+)/gm)].map(([, name]) => name);
    const { slots, memory } = emptyStatus;
    const worker = createWorkerMetrics({
      slots: () => slots,
      memory: () => memory,
      links: () => ({ worker: 0, gateway: 0 }),
      runs: () => 0,
      overdueKeys: () => 0,
      publicationsPending: () => 0,
      isInRing: () => false,
      readiness: () => ({ status: 'starting', reasons: [] }),
    });
    const registries = [new GatewayMetrics().registry, worker.registry];
    const metrics = await Promise.all(registries.map((each) => each.getMetricsAsJSON()));
    const known = metrics.flat().map(({ name }) => name);
    expect(shown).to.have.length.greaterThan(12);
    expect(known).to.include.members(shown);
  });
});
