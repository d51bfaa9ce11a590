/**
 * The event as Ringway carries it, CloudEvents 1.0 with the key beside it, and the limits that
 * hold wherever one comes in. The JSON form is in `cloud-event.ts`.
 */
import { RingwayError } from '../base/index.ts';
import { hashKey } from '../ring/index.ts';

export interface BusEvent {
  /** `user:alice`, `room:42`: who it is for. */
  readonly key: string;
  /** Unique per source; the owner drops an id that it has seen for this key. */
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly format: 'json' | 'text' | 'binary';
  readonly data: Uint8Array;
}

/** A message that leaves Ringway for backends. */
export interface OutMessage {
  /** Input id + place in its record: consumers drop repeats by it. */
  readonly id: string;
  /** `message.<key>`, `presence.<key>`, `undelivered.<key>`. */
  readonly topic: string;
  readonly type: string;
  readonly format: 'json' | 'text' | 'binary';
  readonly data: Uint8Array;
}

/**
 * Longest attributes, in bytes of UTF-8. Ids and types are message properties of AMQP, keys part
 * of its routing keys; both end at 255, and the longest prefix of a topic is `undelivered.`.
 */
export const eventLimits = {
  keyBytesMax: 240,
  idBytesMax: 255,
  typeBytesMax: 255,
  sourceBytesMax: 512,
} as const;

/** Default of the option `eventBytesMax`: the longest `data`, in bytes. */
export const eventBytesMaxDefault = 256 * 1024;

/** `event.no_key`, `event.invalid`, `event.too_large`: the event itself is wrong, for good. */
export class EventError extends RingwayError {
  override readonly name = 'EventError';
}

/** The queue that an event of `key` goes through: one line in any language. */
export function partitionOf(key: string, partitions: number): number {
  return hashKey(key) % partitions;
}

/** @throws EventError `event.no_key`, `event.invalid`, `event.too_large` */
export function checkEvent(event: BusEvent, eventBytesMax: number): void {
  if (event.key === '') throw new EventError('event.no_key', 'key is empty');
  checkAttribute('key', event.key, 'keyBytesMax');
  checkAttribute('id', event.id, 'idBytesMax');
  checkAttribute('type', event.type, 'typeBytesMax');
  checkAttribute('source', event.source, 'sourceBytesMax');
  if (event.data.length > eventBytesMax) {
    throw new EventError(
      'event.too_large',
      `data of ${event.data.length} bytes exceeds eventBytesMax ${eventBytesMax}`,
    );
  }
}

/** Control characters break headers, logs and queue names; lone surrogates have no UTF-8. */
const unprintable = /[\p{Cc}\p{Cs}]/u;

function checkAttribute(name: string, value: string, limit: keyof typeof eventLimits): void {
  if (value === '') throw new EventError('event.invalid', `${name} is empty`);
  const bytes = Buffer.byteLength(value);
  if (bytes > eventLimits[limit]) {
    throw new EventError(
      'event.too_large',
      `${name} ${clipped(value)} of ${bytes} bytes exceeds ${limit} ${eventLimits[limit]}`,
    );
  }
  if (unprintable.test(value)) {
    throw new EventError(
      'event.invalid',
      `${name} ${clipped(value)} contains a control character or half a surrogate pair`,
    );
  }
}

const clippedCharsMax = 48;

/** A value from outside, short and escaped, as it may stand in an error message. */
export function clipped(value: unknown): string {
  if (typeof value === 'object' && value !== null) {
    return Array.isArray(value) ? 'an array' : 'an object';
  }
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > clippedCharsMax ? `${text.slice(0, clippedCharsMax)}…` : text;
}
