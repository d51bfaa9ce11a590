/** What must hold in a gateway's state between two steps; for tests and the fault simulator. */
import { assert } from '../base/index.ts';
import type { GatewayState } from './route.ts';

/** @throws AssertionError on a broken invariant. */
export function checkInvariants(state: GatewayState): void {
  const heldByKey = new Map<string, number>();
  for (const route of state.routes.values()) {
    const { binding } = route;
    for (const { origin, input } of route.held) {
      if (origin.kind === 'message') heldByKey.set(input.key, (heldByKey.get(input.key) ?? 0) + 1);
    }
    for (const session of route.keys.values()) {
      for (const { session: id, isAttached, heldCount } of session.values()) {
        assert(state.sessions.has(id), () => `session ${id} is routed but closed`);
        assert(heldCount >= 0, () => `session ${id} holds ${heldCount} messages`);
        assert(!isAttached || binding !== undefined, () => `session ${id} is attached to nothing`);
      }
    }
    if (binding === undefined) continue;
    assert(
      state.peers.has(binding.worker),
      () => `slot ${route.slot} is bound to an unlinked worker`,
    );
    for (const n of binding.sent.keys())
      assert(n < binding.next, () => `input ${n} was never sent`);
  }
  assert(heldByKey.size === state.heldByKey.size, 'keys are counted that hold nothing');
  for (const [key, count] of heldByKey) {
    assert(
      state.heldByKey.get(key) === count,
      () => `${key} holds ${count}, and is counted otherwise`,
    );
  }
}
