/**
 * Calls to the coordinator that have not been answered, with what each is for. A call past its
 * deadline has failed; an answer that comes for it later is nobody's.
 */
export interface PendingCall<Purpose> {
  readonly purpose: Purpose;
  readonly sentAtMs: number;
  /** From then on it has failed. */
  readonly endsAtMs: number;
}

export interface PendingCalls<Purpose> {
  /** Number of the next call: later than that of every call begun so far. */
  readonly next: number;
  /** @param rounds questions that it asks one after the other; each may take `deadlineMs` */
  begin(purpose: Purpose, nowMs: number, rounds?: number): number;
  /** Takes the call out; undefined = answered, expired or forgotten before. */
  finish(call: number): PendingCall<Purpose> | undefined;
  has(purpose: Purpose): boolean;
  /** Takes out the calls past their deadline. */
  expire(nowMs: number): readonly PendingCall<Purpose>[];
  /** Takes out all. */
  clear(): readonly PendingCall<Purpose>[];
}

export function createPendingCalls<Purpose>(deadlineMs: number): PendingCalls<Purpose> {
  const calls = new Map<number, PendingCall<Purpose>>();
  let next = 1;
  const takeIf = (isOver: (call: PendingCall<Purpose>) => boolean): PendingCall<Purpose>[] => {
    const over: PendingCall<Purpose>[] = [];
    for (const [number, call] of calls) {
      if (!isOver(call)) continue;
      calls.delete(number);
      over.push(call);
    }
    return over;
  };
  return {
    get next() {
      return next;
    },
    begin(purpose, nowMs, rounds = 1) {
      calls.set(next, { purpose, sentAtMs: nowMs, endsAtMs: nowMs + rounds * deadlineMs });
      return next++;
    },
    finish(number) {
      const call = calls.get(number);
      calls.delete(number);
      return call;
    },
    has(purpose) {
      for (const call of calls.values()) if (call.purpose === purpose) return true;
      return false;
    },
    expire: (nowMs) => takeIf(({ endsAtMs }) => nowMs >= endsAtMs),
    clear: () => takeIf(() => true),
  };
}
