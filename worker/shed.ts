/**
 * Keeping what is held here, owned logs and copies for others alike, within `memoryBytesMax`.
 * Above it, bytes are shed down to nine tenths: first tails, which only save snapshots; then
 * quiet keys, the longest unused first; then the older half, quarter, … of everybody's window;
 * then new keys are refused (`births.ts`). A copy cannot forget what others own, so it tells
 * them, in each `PONG`, which part of it has to go; owner and copies each shed that part.
 *
 *   within ──above──► quiet keys ──not enough──► windows ──not enough──► full ──below──► within
 */
import type { BootId } from '../base/index.ts';
import { append, nextRecordHead } from './append.ts';
import { dropHeldTail } from './held.ts';
import { mayStartRuns } from './lease.ts';
import type { ShedPass } from './memory.ts';
import { Evictions, noteAllQuiet, quietPerStepMax, slotOfQuiet } from './quiet.ts';
import { isLinked, note, type Own, type SlotState, type WorkerState } from './slot.ts';
import { weightOf } from './weights.ts';

const lowMark = 0.9;
/** The shortest window is the retention time halved so often, but at least `gatewayGoneMs`. */
const levelsMax = 7;
const slotsPerStepMax = 512;
const notedEveryMs = 60_000;

/** What `PONG` says: the part of what is held here that is to go (rule G2). */
export function shedPart({ memory, limits }: WorkerState): number {
  const { heldBytes } = memory;
  if (heldBytes <= limits.memoryBytesMax) return 0;
  return (heldBytes - lowMark * limits.memoryBytesMax) / heldBytes;
}

/** A peer says what part of its copies is to go. */
export function takeShed(state: WorkerState, peer: BootId, part: number): void {
  const { memory } = state;
  if (part > 0) want(state, peer, Math.min(part, 1));
  else memory.full.delete(peer);
}

/** Whether no key may be born in this slot (rule G4). */
export function isFull({ memory }: WorkerState, own: Own): boolean {
  return memory.full.size > 0 && own.copies.some((copy) => memory.full.has(copy));
}

/** Once in each tick, before anything is appended in it. */
export function keepWithinMemory(state: WorkerState): void {
  const { memory, limits, me } = state;
  for (const boot of [...memory.full, ...memory.wanted.keys()]) {
    if (boot === me || isLinked(state, boot)) continue;
    memory.full.delete(boot);
    memory.wanted.delete(boot);
  }
  if (memory.heldBytes <= limits.memoryBytesMax) memory.full.delete(me);
  else if (state.nowMs - memory.askedAtMs >= limits.pingIntervalMs) startShedding(state);
  if (memory.wanted.size === 0) return;
  memory.pass ??= {
    quietSinceMs: state.nowMs - limits.gatewayGoneMs,
    keys: memory.quiet.entries(),
    level: 0,
    nextSlot: 0,
  };
  shed(state, memory.pass);
}

function startShedding(state: WorkerState): void {
  const { memory, limits, me } = state;
  memory.askedAtMs = state.nowMs;
  for (const { log } of state.slots) {
    if (log !== undefined && log.tail.length > 0) dropHeldTail(state, log);
  }
  if (memory.heldBytes <= limits.memoryBytesMax) return;
  for (const slot of state.slots) {
    if (slot.own !== undefined) noteAllQuiet(state, slot, slot.own);
  }
  want(state, me, shedPart(state));
  if (state.nowMs - memory.notedAtMs < notedEveryMs) return;
  memory.notedAtMs = state.nowMs;
  const { heldBytes } = memory;
  note(
    state,
    'memory.over',
    undefined,
    { heldBytes, memoryBytesMax: limits.memoryBytesMax },
    'warn',
  );
}

/** So much of what `boot` holds of my slots is to go. */
function want(state: WorkerState, boot: BootId, part: number): void {
  let bytes = 0;
  for (const slot of state.slots) {
    if (slot.own?.copies.includes(boot)) bytes += weightOf(slot.log);
  }
  if (bytes * part > 0) state.memory.wanted.set(boot, bytes * part);
}

function shed(state: WorkerState, pass: ShedPass): void {
  const { memory } = state;
  if (pass.level === 0) forgetQuiet(state, pass);
  else shortenWindows(state, pass);
  if (memory.wanted.size > 0 && pass.level <= levelsMax) return;
  memory.pass = undefined;
  for (const boot of memory.wanted.keys()) {
    if (!memory.full.has(boot)) note(state, 'memory.full', undefined, { worker: boot }, 'warn');
    memory.full.add(boot);
  }
  memory.wanted.clear();
}

/**
 * Rule G2a: whatever relieves somebody who is in need, the longest unused first. Not what was in
 * use just now: its inputs may come again from a gateway that was cut off, and the ids that tell
 * them go with the key (B9).
 */
function forgetQuiet(state: WorkerState, pass: ShedPass): void {
  const { memory } = state;
  const evicted = new Evictions(state);
  for (let left = quietPerStepMax; left > 0 && memory.wanted.size > 0; left -= 1) {
    const { value, done } = pass.keys.next();
    if (done === true || value[1].sinceMs > pass.quietSinceMs) {
      pass.level = 1;
      break;
    }
    const [key, quiet] = value;
    const found = slotOfQuiet(state, key, quiet);
    if (found === undefined || !mayShed(state, found.slot, found.own)) continue;
    book(state, found.own, found.slot.log?.keys.get(key)?.weight ?? 0);
    evicted.add(found.slot, key);
  }
  memory.counts.evictedForMemory += evicted.append();
}

/**
 * Rule G2b: the older part of all windows in the slots that matter, half as much is left each time.
 * Not what is younger than `gatewayGoneMs`: it may still be on its way to clients that are
 * connected, and whose slot moves before it arrives.
 */
function shortenWindows(state: WorkerState, pass: ShedPass): void {
  for (let left = slotsPerStepMax; left > 0 && state.memory.wanted.size > 0; left -= 1) {
    const slot = state.slots[pass.nextSlot];
    pass.nextSlot += 1;
    if (slot === undefined) {
      pass.level += 1;
      pass.nextSlot = 0;
      return;
    }
    if (slot.own !== undefined && mayShed(state, slot, slot.own)) {
      shorten(state, slot, slot.own, pass.level);
    }
  }
}

function shorten(state: WorkerState, slot: SlotState, own: Own, level: number): void {
  const { retentionMs, gatewayGoneMs } = state.limits;
  const keptMs = Math.max(retentionMs / 2 ** level, gatewayGoneMs);
  const beforeMs = state.nowMs + own.logTimeOffsetMs - keptMs;
  if (!hasOlder(slot, beforeMs)) return;
  const before = weightOf(slot.log);
  append(state, slot, own, { kind: 'trim', ...nextRecordHead(slot, own), beforeMs });
  state.memory.counts.trims += 1;
  book(state, own, before - weightOf(slot.log));
}

function hasOlder({ log }: SlotState, beforeMs: number): boolean {
  for (const { records } of log?.keys.values() ?? []) {
    const [oldest] = records;
    if (oldest !== undefined && records.length > 1 && oldest.atMs < beforeMs) return true;
  }
  return false;
}

function mayShed(state: WorkerState, slot: SlotState, own: Own): boolean {
  if (!mayStartRuns(state, slot, own)) return false;
  return own.copies.some((copy) => state.memory.wanted.has(copy));
}

/** What goes at the owner goes at the copies. */
function book({ memory }: WorkerState, own: Own, bytes: number): void {
  for (const copy of own.copies) {
    const left = memory.wanted.get(copy);
    if (left === undefined) continue;
    if (left > bytes) memory.wanted.set(copy, left - bytes);
    else memory.wanted.delete(copy);
  }
}
