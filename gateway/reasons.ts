/** Why a gateway is not at its best, for readiness, metrics and logs. Pure. */
import type { BootId, Reason } from '../base/index.ts';
import { type Contact, contactTrouble, type View } from '../cluster/index.ts';
import { type Bus, busReason } from '../events/index.ts';

export interface GatewaySituation {
  /** undefined before the start. */
  readonly contact: Contact | undefined;
  readonly nowMs: number;
  readonly leaseMs: number;
  readonly bus: Pick<Bus, 'trouble'>;
  readonly view: View | undefined;
  readonly linked: ReadonlySet<BootId>;
}

/** Empty when all is well. */
export function gatewayReasons(situation: GatewaySituation): readonly Reason[] {
  const { contact, nowMs, leaseMs, bus } = situation;
  const all = [
    contact && contactTrouble(contact, nowMs, leaseMs),
    busReason(bus),
    workerReason(situation),
  ];
  return all.filter((reason) => reason !== undefined);
}

function workerReason({ view, linked }: GatewaySituation): Reason | undefined {
  if (view === undefined) return undefined;
  const boots = [...view.live.keys()];
  if (boots.length === 0) return { code: 'workers.none', message: 'no live worker' };
  const unlinked = boots.filter((boot) => !linked.has(boot));
  if (unlinked.length === 0) return undefined;
  const message = `${unlinked.length} of ${boots.length} live workers not linked: ${unlinked.join(', ')}`;
  return { code: 'workers.unlinked', message };
}
