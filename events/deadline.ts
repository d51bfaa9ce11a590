/** A deadline of ours for every await on the client library, which has none that can be relied on. */
import { type Clock, RingwayError } from '../base/index.ts';

export interface Deadline {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** What is being waited for, and the option: `a channel (operationTimeoutMs)`. */
  readonly what: string;
}

/** @throws RingwayError `bus.unavailable` when it is not settled in time; whatever `promise` throws */
export async function within<T>(promise: Promise<T>, deadline: Deadline): Promise<T> {
  const { clock, timeoutMs, what } = deadline;
  let cancel: () => void = () => undefined;
  const expired = new Promise<never>((_, reject) => {
    cancel = clock.after(timeoutMs, () => {
      const message = `no answer from RabbitMQ within ${timeoutMs} ms: ${what}`;
      reject(new RingwayError('bus.unavailable', message, { retryable: true }));
    });
  });
  try {
    return await Promise.race([promise, expired]);
  } finally {
    cancel();
  }
}
