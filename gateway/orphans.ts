/**
 * Sessions that this gateway can do nothing for (A7, M3): no worker at all is linked for too
 * long, or ZooKeeper says that their owner lives and only this gateway cannot reach it. Their
 * sockets are closed with a retryable code, so that the clients come to a gateway that can.
 * Events stay, and so does word of who came and went, which nobody else would ever tell the log.
 */
import type { BootId } from '../base/index.ts';
import type { GatewayState, Session } from './route.ts';

/** Those to be given up now; looked at with every tick. */
export function orphans(state: GatewayState): readonly Session[] {
  const unreachable = unreachableOwners(state);
  if (isWorkerless(state)) return [...state.sessions.values()];
  if (unreachable.size === 0) return [];
  return [...state.sessions.values()].filter(({ route }) => unreachable.has(route.owner));
}

function isWorkerless(state: GatewayState): boolean {
  if (state.peers.size > 0) return false;
  state.workerlessSinceMs ??= state.nowMs;
  return state.nowMs - state.workerlessSinceMs >= state.limits.orphanTimeoutMs;
}

/**
 * While ZooKeeper is away, and for as long afterwards, an owner that it lists may be dead: then
 * somebody will take over, and its sockets are to be kept.
 */
function unreachableOwners(state: GatewayState): ReadonlySet<BootId> {
  const { unlinkedSince, view, peers, nowMs } = state;
  const { orphanTimeoutMs } = state.limits;
  const owners = new Set<BootId>();
  for (const boot of unlinkedSince.keys()) {
    if (view?.live.has(boot) !== true || peers.has(boot)) unlinkedSince.delete(boot);
  }
  const isKnown = nowMs - state.confirmedAtMs < orphanTimeoutMs / 3;
  for (const boot of view?.live.keys() ?? []) {
    if (peers.has(boot)) continue;
    const sinceMs = isKnown ? (unlinkedSince.get(boot) ?? nowMs) : nowMs;
    unlinkedSince.set(boot, sinceMs);
    if (nowMs - sinceMs >= orphanTimeoutMs) owners.add(boot);
  }
  return owners;
}
