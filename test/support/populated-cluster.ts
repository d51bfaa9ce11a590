/** A cluster without processes: nodes and a table in a coordinator, as running workers leave them. */
import type { Coordinator, Op } from '../../cluster/index.ts';
import { unowned } from '../../cluster/table.ts';
import { createRing, placement, slotCount } from '../../ring/index.ts';

const config = { version: 1, partitions: 4, slotCount, cluster: 'c', first: true } as const;

/** A cluster whose workers have these weights; each owns what the ring says. */
export async function populate(
  coordinator: Coordinator,
  weights: Readonly<Record<string, number>>,
): Promise<void> {
  await new Promise<void>((resolve) => {
    coordinator.open({ onSession: () => resolve(), onChange: () => undefined });
  });
  await coordinator.configure(config);
  const ids = Object.keys(weights);
  const boots = new Map<string, string>();
  for (const id of ids) {
    const content = { id, address: '127.0.0.1:1', build: '' };
    const ops: readonly Op[] = [{ kind: 'create', folder: 'live', content }];
    await coordinator.multi(ops);
    const boot = (await coordinator.read()).live.find((node) => node.id === id)?.boot ?? '';
    boots.set(id, boot);
    const wanting = { id, boot, weight: weights[id] ?? 1 };
    await coordinator.multi([{ kind: 'create', folder: 'ring', content: wanting }]);
  }
  const members = ids.map((id) => ({ id, weight: weights[id] ?? 1 }));
  const placed = placement(createRing(members));
  const changes = new Map(
    Array.from({ length: slotCount }, (_, slot) => {
      const owner = boots.get(placed.target(slot) ?? '') ?? '';
      return [slot, { ...unowned, owner, term: 1, copies: [owner], epoch: 1 }] as const;
    }),
  );
  const { tableVersion: base } = await coordinator.read();
  await coordinator.multi([{ kind: 'table', base, changes }]);
}
