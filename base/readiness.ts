/**
 * Whether a process can do its work, as `/readyz`, metrics and logs tell it. The same for
 * gateways and workers: *starting* until it could serve for the first time, from then on *ready*
 * or *degraded*, in both of which it keeps its sockets and its users, until it is *draining*.
 */

/** Every reason there is; docs/admin-api.md says what to do about each. */
export const reasonCodes = [
  'coordinator.unavailable',
  'coordinator.unregistered',
  'coordinator.refused',
  'bus.unavailable',
  'bus.blocked',
  'bus.closed',
  'workers.none',
  'workers.unlinked',
  'ring.absent',
  'memory.full',
] as const;

export type ReasonCode = (typeof reasonCodes)[number];

export interface Reason {
  readonly code: ReasonCode;
  /** For people; may change. */
  readonly message: string;
}

export type ReadinessStatus = 'starting' | 'ready' | 'degraded' | 'draining';

export interface Readiness {
  readonly status: ReadinessStatus;
  readonly reasons: readonly Reason[];
}

/** Whether to send it clients: also when degraded, because it is not alone in its trouble. */
export function isServing({ status }: Readiness): boolean {
  return status === 'ready' || status === 'degraded';
}

export interface ReadinessSource {
  readonly phase: 'starting' | 'serving' | 'draining';
  readonly reasons: readonly Reason[];
}

/** These end with the first contact: a process that has never had it is not ready. */
const startNeeds: ReadonlySet<ReasonCode> = new Set(['coordinator.unavailable', 'bus.unavailable']);

export interface ReadinessGauge {
  readonly now: Readiness;
  /** Looks at the source; call it at every tick. */
  look(): void;
}

/** `onChange` hears of the first look, and whenever status or reasons are others. */
export function createReadiness(
  source: () => ReadinessSource,
  onChange: (readiness: Readiness) => void,
): ReadinessGauge {
  let hasServed = false;
  let told = '';
  const judge = (): Readiness => {
    const { phase, reasons } = source();
    if (phase === 'draining') return { status: 'draining', reasons };
    hasServed ||= phase === 'serving' && !reasons.some(({ code }) => startNeeds.has(code));
    if (!hasServed) return { status: 'starting', reasons };
    return { status: reasons.length === 0 ? 'ready' : 'degraded', reasons };
  };
  return {
    get now() {
      return judge();
    },
    look() {
      const readiness = judge();
      const state = [readiness.status, ...readiness.reasons.map(({ code }) => code)].join(' ');
      if (state === told) return;
      told = state;
      onChange(readiness);
    },
  };
}
