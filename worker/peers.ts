/** What the links say, turned into inputs of the core; who is linked, for metrics and status. */
import type { BootId, Logger } from '../base/index.ts';
import type { LinkListener } from '../link/index.ts';
import type { WorkerInput } from './core-types.ts';

export interface PeersOptions {
  readonly logger: Logger;
  input(input: WorkerInput): void;
  /** A gateway passed on an operator's wish. */
  drain(): void;
  /** A peer lives in another cluster id: one of us has not seen that the data was wiped (W2). */
  read(): void;
}

export interface Peers {
  readonly listener: LinkListener;
  isLinked(peer: BootId): boolean;
  counts(): { readonly worker: number; readonly gateway: number };
}

export function createPeers({ logger, input, drain, read }: PeersOptions): Peers {
  const roles = new Map<BootId, 'worker' | 'gateway'>();
  return {
    listener: {
      onUp(peer, role, connection) {
        roles.set(peer, role);
        input({ kind: 'linked', peer, role, connection });
      },
      onDown(peer, connection) {
        roles.delete(peer);
        input({ kind: 'unlinked', peer, connection });
      },
      onMessage(peer, connection, message) {
        if (message.type !== 'DRAIN') input({ kind: 'message', peer, connection, message });
        else if (roles.get(peer) === 'gateway') drain();
        else logger.warn('worker.drain_refused', { peer });
      },
      onRefused: (peer) => input({ kind: 'gone', peer }),
      onForeignCluster() {
        input({ kind: 'foreign.cluster' });
        read();
      },
      // Rule C11′: the eviction of the older boot is the only consequence, so a wrong one is harmless.
      onSuperseded: (older) => input({ kind: 'gone', peer: older }),
    },
    isLinked: (peer) => roles.has(peer),
    counts() {
      const counts = { worker: 0, gateway: 0 };
      for (const role of roles.values()) counts[role] += 1;
      return counts;
    },
  };
}
