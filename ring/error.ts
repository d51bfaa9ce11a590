/**
 * What the ring refuses. The folder imports nothing of ours, so it has an error of its own;
 * `code` is stable and dotted like those of `RingwayError`. Every refusal is of an argument:
 * the same call never succeeds later.
 */
export type RingErrorCode =
  | 'ring.bad_member_id'
  | 'ring.bad_weight'
  | 'ring.duplicate_member'
  | 'ring.too_many_members'
  | 'ring.bad_position'
  | 'ring.bad_slot'
  | 'ring.bad_slot_count'
  | 'ring.slot_counts_differ'
  | 'ring.bad_change'
  | 'ring.bad_load'
  | 'ring.bad_option'
  | 'ring.bad_plan'
  | 'ring.empty'
  | 'ring.too_many_steps'
  | 'ring.too_many_users'
  | 'ring.unknown_member'
  | 'ring.unknown_zone';

export class RingError extends Error {
  override readonly name = 'RingError';
  readonly code: RingErrorCode;
  readonly retryable = false;

  constructor(code: RingErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** A stranger's value, short enough for a message. */
export function quoted(value: unknown): string {
  if (typeof value !== 'string') return String(value);
  return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
}
