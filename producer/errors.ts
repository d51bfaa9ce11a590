/**
 * Why a publication failed. One class with one list of codes, the same as in docs/errors.md, so
 * that a backend needs one `catch` and one `switch`.
 */
import { RingwayError } from '../base/index.ts';

/** Every code, and whether the same call may succeed later, unchanged. */
export const producerRetries = {
  'event.invalid': false,
  'event.no_key': false,
  'event.too_large': false,
  'producer.blocked': true,
  'producer.closed': false,
  'producer.credentials': false,
  'producer.full': true,
  'producer.nacked': true,
  'producer.no_topology': true,
  'producer.partitions': false,
  'producer.timed_out': true,
  'producer.unavailable': true,
  'producer.unconfirmed': true,
  'producer.unroutable': true,
} as const;

/** The codes of `ProducerError`, as docs/errors.md explains them. */
export type ProducerErrorCode = keyof typeof producerRetries;

export interface ProducerErrorOptions {
  readonly mayBeStored?: boolean;
  readonly cause?: unknown;
}

/**
 * What `publish` rejects with.
 *
 * `retryable` says whether the same call may succeed later, unchanged: always publish again with
 * the same `id` and `source`, then a copy that had been stored after all is dropped as a repeat.
 */
export class ProducerError extends RingwayError {
  override readonly name = 'ProducerError';
  declare readonly code: ProducerErrorCode;
  /** false = the broker certainly has not stored it; true = nobody knows. */
  readonly mayBeStored: boolean;

  constructor(code: ProducerErrorCode, message: string, options: ProducerErrorOptions = {}) {
    super(code, message, { cause: options.cause, retryable: producerRetries[code] });
    this.mayBeStored = options.mayBeStored ?? false;
  }
}
