export type { Circle } from './circle.ts';
export type { MovedRange, MovedShare, RingDiff } from './diff.ts';
export { RingError, type RingErrorCode } from './error.ts';
export { circleSize, hashKey, type Slot, slotCount, slotOf, slotPosition } from './hash.ts';
export { type Member, membersMax, weightMax } from './members.ts';
export { type Placement, placement, type SlotMove, slotDiff } from './placement.ts';
export { createRing, type Ring } from './ring.ts';
export { vnodesOf } from './virtual-nodes.ts';
