/**
 * Passing on what is known of ZooKeeper: a gateway answers every `PING` with the age of the
 * newest confirmation it knows, its own or heard of, and asks workers for theirs (rule L3).
 */
import type { BootId } from '../base/index.ts';
import type { LinkMessage } from '../link/index.ts';
import { emit, type GatewayState } from './route.ts';

export function ping(state: GatewayState): void {
  for (const [peer, link] of state.peers) {
    if (state.nowMs - link.pingedAtMs < state.limits.pingIntervalMs) continue;
    link.pingedAtMs = state.nowMs;
    emit(state, { kind: 'send', peer, message: { type: 'PING', sentAtMs: state.nowMs } });
  }
}

/** Rule L3: the newest confirmation known, one's own or heard of. */
export function pong(state: GatewayState, peer: BootId, sentAtMs: number): void {
  const newest = Math.max(state.confirmedAtMs, state.heardAtMs);
  const isNone = newest === Number.NEGATIVE_INFINITY;
  const confirmationAgeMs = isNone ? -1 : Math.max(0, state.nowMs - newest);
  const message = { type: 'PONG', sentAtMs, confirmationAgeMs, shed: 0 } as const;
  emit(state, { kind: 'send', peer, message });
}

export function takePong(
  state: GatewayState,
  { sentAtMs, confirmationAgeMs }: Extract<LinkMessage, { type: 'PONG' }>,
): void {
  if (confirmationAgeMs < 0 || sentAtMs > state.nowMs) return;
  state.heardAtMs = Math.max(state.heardAtMs, sentAtMs - confirmationAgeMs);
}
