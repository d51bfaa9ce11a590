/** Links to workers and gateways coming up and going down, and what hangs on them (S1, A5). */
import { type BootId, bootNumberOf, memberIdOf } from '../base/index.ts';
import { closeBinding } from './binding-end.ts';
import { newCatchUps } from './catch-up.ts';
import { reconcile } from './claims.ts';
import type { WorkerInput } from './core-types.ts';
import { suspect } from './eviction.ts';
import { pingPeers } from './lease.ts';
import type { WorkerState } from './slot.ts';

export function link(state: WorkerState, input: Extract<WorkerInput, { kind: 'linked' }>): void {
  const { peer, role, connection } = input;
  state.peers.set(peer, {
    role,
    connection,
    downSinceMs: Number.NEGATIVE_INFINITY,
    pingedAtMs: Number.NEGATIVE_INFINITY,
    answeredAtMs: state.peers.get(peer)?.answeredAtMs ?? Number.NEGATIVE_INFINITY,
    catchUps: newCatchUps(),
  });
  state.gone.delete(peer);
  if (role === 'worker') {
    suspectOlderBoots(state, peer);
    reconcileOwned(state);
  }
  pingPeers(state);
}

/** A5: a higher boot of an id is linked, so the lower ones are gone. */
function suspectOlderBoots(state: WorkerState, peer: BootId): void {
  for (const boot of state.view?.live.keys() ?? []) {
    if (memberIdOf(boot) !== memberIdOf(peer) || bootNumberOf(boot) >= bootNumberOf(peer)) continue;
    if (state.peers.get(boot)?.connection !== undefined) continue;
    suspect(state, boot);
  }
}

export function unlink(state: WorkerState, peer: BootId, connection: number): void {
  const link = state.peers.get(peer);
  if (link === undefined || link.connection !== connection) return;
  link.connection = undefined;
  link.downSinceMs = state.nowMs;
  for (const slot of state.slots) {
    const { own, source } = slot;
    if (source?.from === peer) {
      slot.source = undefined; // the stream dies with its connection (S1)
      slot.staging = undefined;
    }
    if (own === undefined) continue;
    const binding = own.bindings.get(peer);
    if (binding !== undefined) closeBinding(state, slot, own, binding, undefined);
    if (own.streams.delete(peer)) state.unsettled.add(slot);
  }
  if (link.role === 'worker') reconcileOwned(state);
}

/** Slots that were never used have no copies, so nothing to do with links. */
function reconcileOwned(state: WorkerState): void {
  for (const slot of state.slots) {
    if (slot.own !== undefined && slot.log?.epoch !== 0) reconcile(state, slot);
  }
}
