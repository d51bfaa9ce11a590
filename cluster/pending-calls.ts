/**
 * Calls to the coordinator that have not been answered, with what each is for. A call past its
 * deadline has failed; an answer that comes for it later is nobody's.
 */
export interface PendingCall<Purpose> {
  readonly purpose: Purpose;
  readonly sentAtMs: number;
}

export interface PendingCalls<Purpose> {
  /** Number of the next call: later than that of every call begun so far. */
  readonly next: number;
  begin(purpose: Purpose, nowMs: number): number;
  /** Takes the call out; undefined = answered, expired or forgotten before. */
  finish(call: number): PendingCall<Purpose> | undefined;
  has(purpose: Purpose): boolean;
  /** Takes out the calls sent `deadlineMs` ago or earlier. */
  expire(nowMs: number): readonly PendingCall<Purpose>[];
  /** Takes out all. */
  clear(): readonly PendingCall<Purpose>[];
}

export function createPendingCalls<Purpose>(deadlineMs: number): PendingCalls<Purpose> {
  const calls = new Map<number, PendingCall<Purpose>>();
  let next = 1;
  const takeIf = (isOver: (call: PendingCall<Purpose>) => boolean): PendingCall<Purpose>[] => {
    const over = [...calls].filter(([, call]) => isOver(call));
    for (const [number] of over) calls.delete(number);
    return over.map(([, call]) => call);
  };
  return {
    get next() {
      return next;
    },
    begin(purpose, nowMs) {
      calls.set(next, { purpose, sentAtMs: nowMs });
      return next++;
    },
    finish(number) {
      const call = calls.get(number);
      calls.delete(number);
      return call;
    },
    has: (purpose) => [...calls.values()].some((call) => call.purpose === purpose),
    expire: (nowMs) => takeIf((call) => nowMs - call.sentAtMs >= deadlineMs),
    clear: () => takeIf(() => true),
  };
}
