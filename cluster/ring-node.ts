/**
 * Keeps my node in `/ring` as wanted: absent until I join, one while I take part, none for good
 * once I drain. It compares readings with the wish, so lost answers and repeats need no care.
 */
import type { BootId } from '../base/index.ts';
import type { Op, Reading } from './coordinator.ts';

export interface RingNode {
  join(): void;
  /** Until the next `join`. */
  leave(): void;
  drain(): void;
  /** Readings by earlier calls than this may not show my last change. */
  changedBefore(call: number): void;
  /** What brings the ring from what `reading` (by `call`) shows to the wish; none = it is so. */
  opsAfter(reading: Reading, call: number, me: Me): readonly Op[];
}

export interface Me {
  /** My live node: the change is bound to this registration. */
  readonly name: string;
  readonly boot: BootId;
}

export function createRingNode(id: string, weight: number): RingNode {
  let wish: 'out' | 'in' | 'drained' = 'out';
  let knownFromCall = 0;
  return {
    join() {
      if (wish === 'out') wish = 'in';
    },
    leave() {
      if (wish === 'in') wish = 'out';
    },
    drain() {
      wish = 'drained';
    },
    changedBefore(call) {
      knownFromCall = call;
    },
    opsAfter(reading, call, { name, boot }) {
      if (call < knownFromCall) return [];
      const own = reading.ring.filter((node) => node.boot === boot);
      if (wish === 'in' && own.length === 0) {
        return [
          { kind: 'check', folder: 'live', name },
          { kind: 'create', folder: 'ring', content: { id, boot, weight } },
        ];
      }
      const surplus = wish === 'in' ? own.slice(1) : own;
      return surplus.map((node) => ({ kind: 'remove', folder: 'ring', name: node.name }));
    },
  };
}
