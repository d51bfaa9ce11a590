/** Why a worker is not at its best, for readiness, metrics and logs. Pure. */
import type { BootId, Reason } from '../base/index.ts';
import { type Contact, contactTrouble } from '../cluster/index.ts';
import { type Bus, busReason } from '../events/index.ts';
import type { MemoryReport } from './memory.ts';
import type { Standing } from './standing.ts';

export interface WorkerSituation {
  /** undefined before the start. */
  readonly contact: Contact | undefined;
  readonly nowMs: number;
  readonly leaseMs: number;
  readonly bus: Pick<Bus, 'trouble'>;
  readonly standing: Pick<Standing, 'isInRing' | 'view' | 'peers'>;
  readonly memory: Pick<MemoryReport, 'isFull' | 'heldBytes' | 'bytesMax'>;
  isLinked(peer: BootId): boolean;
}

/** Empty when all is well. */
export function workerReasons(situation: WorkerSituation): readonly Reason[] {
  const { contact, nowMs, leaseMs, bus } = situation;
  const trouble = contact && contactTrouble(contact, nowMs, leaseMs);
  const all = [trouble, trouble ? undefined : ringReason(situation), busReason(bus)];
  return [...all, peersReason(situation), memoryReason(situation)].filter(
    (reason) => reason !== undefined,
  );
}

function ringReason({ standing }: WorkerSituation): Reason | undefined {
  if (standing.isInRing || standing.view === undefined) return undefined;
  return { code: 'ring.absent', message: 'not in the ring: owns nothing new' };
}

function memoryReason({ memory }: WorkerSituation): Reason | undefined {
  if (!memory.isFull) return undefined;
  const held = `${memory.heldBytes} bytes of logs here, memoryBytesMax ${memory.bytesMax}`;
  const message = `no room for new keys, here or at a second copy: ${held}`;
  return { code: 'memory.full', message };
}

function peersReason({ standing, isLinked }: WorkerSituation): Reason | undefined {
  const others = standing.peers.map(({ boot }) => boot);
  const unlinked = others.filter((boot) => !isLinked(boot));
  if (unlinked.length === 0) return undefined;
  const message = `${unlinked.length} of ${others.length} other workers not linked: ${unlinked.join(', ')}`;
  return { code: 'workers.unlinked', message };
}
