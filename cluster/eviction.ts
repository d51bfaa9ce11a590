/** Rule C11 as one multi-operation: the other copies live, the claims hold, the dead are out. */
import type { BootId } from '../base/index.ts';
import type { Node, Op, Reading } from './coordinator.ts';
import type { MembershipInput } from './membership-types.ts';

export type Eviction = Extract<MembershipInput, { kind: 'evict' }>;

/** undefined = the last reading does not show one of the processes as live. */
export function evictionOps(
  eviction: Eviction,
  reading: Reading | undefined,
): readonly Op[] | undefined {
  if (reading === undefined) return undefined;
  const { base, changes, checks, removes } = eviction;
  const isKnown = (boot: BootId): boolean => nodesOf(reading.live, boot).length > 0;
  if (![...checks, ...removes].every(isKnown)) return undefined;
  const ops: Op[] = [];
  for (const boot of checks) {
    for (const { name } of nodesOf(reading.live, boot)) {
      ops.push({ kind: 'check', folder: 'live', name });
    }
  }
  ops.push({ kind: 'table', base, changes });
  for (const boot of removes) {
    for (const folder of ['live', 'ring'] as const) {
      for (const { name } of nodesOf(reading[folder], boot)) {
        ops.push({ kind: 'remove', folder, name });
      }
    }
  }
  return ops;
}

function nodesOf(nodes: readonly Node[], boot: BootId): readonly Node[] {
  return nodes.filter((node) => node.boot === boot);
}
