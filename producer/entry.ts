/** One event between the call of `publish` and the broker's answer. */
import type { Cancel } from '../base/index.ts';
import type { AmqpMessage } from '../events/index.ts';

export interface Published {
  /** The event's id, for a log line. */
  readonly id: string;
}

export interface Entry {
  readonly key: string;
  readonly id: string;
  readonly message: AmqpMessage;
  resolve(published: Published): void;
  reject(error: unknown): void;
  cancelDeadline: Cancel;
  cancelDelay: Cancel | undefined;
  isUnderWay: boolean;
  /** The caller has its answer; the entry only waits for the broker's. */
  isAnswered: boolean;
  /** It was sent before, and what became of it is not known. */
  isInDoubt: boolean;
  nacks: number;
}

/** Whether the broker has it, if it is given up now. */
export function mayBeStored({ isInDoubt, isUnderWay }: Entry): boolean {
  return isInDoubt || isUnderWay;
}
