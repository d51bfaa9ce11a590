/**
 * From what a backend hands to `publish` to an event that is checked and needs nothing from
 * outside any more: bytes are copied, values printed, before the call returns.
 */
import {
  type BusEvent,
  checkEvent,
  clipped,
  contentAs,
  EventError,
  formatOfMediaType,
} from '../events/index.ts';
import { ProducerError, type ProducerErrorCode } from './errors.ts';
import type { ProducerSettings } from './options.ts';

/** An event for one user, room or other key. */
export interface PublishRequest {
  /** `alice` is the key `user:alice`. One of `user`, `room` and `key` is required. */
  readonly user?: string;
  /** `42` is the key `room:42`. */
  readonly room?: string;
  /** The whole key, at most 240 bytes. */
  readonly key?: string;
  /** What clients see as `type`, such as `order.paid`; at most 255 bytes. */
  readonly type: string;
  /**
   * By default any JSON value (left out: `null`). A text with a `contentType` of `text/…`. Bytes
   * as a `Uint8Array`, of any `contentType`.
   */
  readonly data?: unknown;
  /** Media type of `data`. Default `application/json`, or for bytes `application/octet-stream`. */
  readonly contentType?: string;
  /**
   * Names what happened (`order-17-paid`), not the attempt: what is published again under the
   * same id and source is dropped as a repeat. Default: a random one.
   */
  readonly id?: string;
  /** Who says so. Default: the producer's. */
  readonly source?: string;
}

type Defaults = Pick<ProducerSettings, 'source' | 'random' | 'eventBytesMax'>;

/** @throws ProducerError `event.invalid`, `event.no_key`, `event.too_large` */
export function eventOf(request: PublishRequest, defaults: Defaults): BusEvent {
  try {
    if (typeof request !== 'object' || request === null) {
      throw invalid(`the event is ${clipped(request)}, not an object`);
    }
    const event: BusEvent = {
      key: keyOf(request),
      id: text('id', request.id) ?? defaults.random.hex(16),
      type: text('type', request.type) ?? missing('type'),
      source: text('source', request.source) ?? defaults.source,
      ...contentOf(request),
    };
    checkEvent(event, defaults.eventBytesMax);
    return event;
  } catch (error) {
    if (!(error instanceof EventError)) throw error;
    throw new ProducerError(error.code as ProducerErrorCode, error.message, { cause: error });
  }
}

function keyOf(request: PublishRequest): string {
  const user = text('user', request.user);
  const room = text('room', request.room);
  const key = text('key', request.key);
  const given = [user, room, key].filter((part) => part !== undefined);
  if (given.length > 1) throw invalid('user, room and key exclude each other');
  const [only] = given;
  if (only === undefined) {
    throw new EventError('event.no_key', 'the event has none of user, room and key');
  }
  if (only === '') throw new EventError('event.no_key', 'user, room or key is empty');
  if (user !== undefined) return `user:${user}`;
  return room === undefined ? only : `room:${room}`;
}

function contentOf(request: PublishRequest): Pick<BusEvent, 'format' | 'data'> {
  const { data } = request;
  const contentType = text('contentType', request.contentType);
  const stated = contentType === undefined ? undefined : formatOfMediaType(contentType);
  if (contentType !== undefined && stated === undefined) {
    throw invalid(`contentType is ${clipped(contentType)}, not a media type`);
  }
  if (data instanceof Uint8Array) return bytesOf(data, stated ?? 'binary');
  if (stated === undefined || stated === 'json') {
    return { format: 'json', data: Buffer.from(printed(data)) };
  }
  if (typeof data === 'string') return { format: stated, data: Buffer.from(data) };
  throw invalid(
    `data is ${clipped(data)}; as ${clipped(contentType)} a string or bytes are wanted`,
  );
}

function bytesOf(data: Uint8Array, format: BusEvent['format']): Pick<BusEvent, 'format' | 'data'> {
  if (format !== 'binary' && !contentAs(format, data).isValid) {
    throw invalid(`data is not the ${format} that contentType says`);
  }
  return { format, data: Buffer.from(data) };
}

function printed(value: unknown): string {
  let json: string | undefined;
  try {
    json = JSON.stringify(value ?? null);
  } catch {
    // A cycle, a BigInt, or a `toJSON` of the caller's that throws.
  }
  if (json === undefined) throw invalid(`data is ${clipped(value)}, which JSON cannot express`);
  return json;
}

function missing(name: string): never {
  throw invalid(`${name} is missing`);
}

/** undefined = absent. */
function text(name: string, value: unknown): string | undefined {
  if ((value ?? undefined) === undefined) return undefined;
  if (typeof value === 'string') return value;
  throw invalid(`${name} is ${clipped(value)}, not a string`);
}

function invalid(message: string): EventError {
  return new EventError('event.invalid', message);
}
