/**
 * Events and outward messages as AMQP 0-9-1 messages, and back: the contract of docs/events.md,
 * without any I/O. In binary mode the body is the data, in structured mode (by content type) the
 * body is the whole CloudEvent in JSON.
 *
 * What is delivered comes from anybody: nothing here throws on it. A message that is no event is
 * poison: it is answered with a reason that names field and value, for the dead-letter queue.
 */
import { createHash } from 'node:crypto';
import type { AmqpDelivery, AmqpMessage } from './amqp-types.ts';
import { parseCloudEvent } from './cloud-event.ts';
import { contentAs, contentTypes, formatOfMediaType, mediaTypeOf } from './content.ts';
import {
  type BusEvent,
  checkEvent,
  clipped,
  EventError,
  type OutMessage,
  partitionOf,
} from './envelope.ts';

export const amqpExchanges = {
  /** Direct: backends → Ringway. */
  events: 'ringway.events',
  /** Topic: Ringway → backends. */
  out: 'ringway.out',
  /** What was no event, or could not be handled, with the reason. */
  dead: 'ringway.dead',
} as const;

/** The queue of a partition, bound with the partition's number as its routing key. */
export function eventQueueOf(partition: number | string): string {
  return `${amqpExchanges.events}.${partition}`;
}

/**
 * The `source` of events that name none. A constant, because source and id together tell
 * repeats, whichever gateway reads them.
 */
export const amqpSourceDefault = '/amqp';

/** Longest property of AMQP (a `shortstr`), in bytes. */
const shortTextBytesMax = 255;
const reasonCharsMax = 1000;
/** Room for the attributes of a structured event, beside its data. */
const attributesBytesMax = 16 * 1024;

/** Checks nothing: what is published must have passed `checkEvent`. */
export function eventMessage(event: BusEvent, partitions: number): AmqpMessage {
  const { key, id, type, source, format, data } = event;
  return {
    exchange: amqpExchanges.events,
    routingKey: String(partitionOf(key, partitions)),
    body: data,
    contentType: contentTypes[format],
    messageId: id,
    type,
    headers: { key, source },
  };
}

export function outMessage({ id, topic, type, format, data }: OutMessage): AmqpMessage {
  return {
    exchange: amqpExchanges.out,
    routingKey: topic,
    body: data,
    contentType: contentTypes[format],
    messageId: shortId(id),
    type,
    headers: {},
  };
}

/**
 * An id that fits a property of AMQP: itself, or its SHA-256 when it is longer than 255 bytes.
 * Ids of what a handler publishes hold source and id of its input, together up to 800 bytes.
 */
export function shortId(id: string): string {
  if (Buffer.byteLength(id) <= shortTextBytesMax) return id;
  return `sha256:${createHash('sha256').update(id).digest('hex')}`;
}

/** undefined = not a message of Ringway's: anybody may publish to that exchange. */
export function readOut(delivery: AmqpDelivery): OutMessage | undefined {
  const { routingKey, body, contentType, messageId, type } = delivery;
  if (!isText(messageId) || !isText(type) || typeof contentType !== 'string') return undefined;
  const format = formatOfMediaType(contentType);
  if (format === undefined) return undefined;
  return { id: messageId, topic: routingKey, type, format, data: body };
}

export interface ReadOptions {
  /** The queue that it came from. */
  readonly partition: number;
  readonly partitions: number;
  /** Longest data, in bytes. */
  readonly eventBytesMax: number;
}

export type ReadEvent =
  | { readonly event: BusEvent }
  /** Why it is none: a code of docs/errors.md, a colon, and a sentence with field and value. */
  | { readonly poison: string };

export function readEvent(delivery: AmqpDelivery, options: ReadOptions): ReadEvent {
  try {
    const event = isStructured(delivery.contentType)
      ? structuredEvent(delivery, options)
      : binaryEvent(delivery, options);
    checkPartition(event.key, delivery.routingKey, options);
    return { event };
  } catch (error) {
    if (error instanceof EventError) return { poison: `${error.code}: ${error.message}` };
    throw error;
  }
}

/**
 * A refused delivery as it is kept for a look: body, properties, key and source as they were,
 * the routing key too, and the header `reason`.
 */
export function deadLetterMessage(delivery: AmqpDelivery, reason: string): AmqpMessage {
  const { routingKey, body, contentType, messageId, type, headers } = delivery;
  return {
    exchange: amqpExchanges.dead,
    routingKey,
    body,
    contentType: contentType === undefined ? contentTypes.binary : shortText(contentType),
    messageId: shortText(messageId),
    type: shortText(type),
    headers: {
      reason: reason.slice(0, reasonCharsMax),
      ...keptHeader('key', headers.key),
      ...keptHeader('source', headers.source),
    },
  };
}

function isStructured(contentType: unknown): boolean {
  return (
    typeof contentType === 'string' &&
    mediaTypeOf(contentType).startsWith('application/cloudevents')
  );
}

function structuredEvent(delivery: AmqpDelivery, { eventBytesMax }: ReadOptions): BusEvent {
  const { body, contentType } = delivery;
  const mediaType = mediaTypeOf(String(contentType));
  if (mediaType !== 'application/cloudevents+json') {
    const only = 'of CloudEvents only application/cloudevents+json is read, one event a message';
    throw new EventError('event.invalid', `content_type is ${clipped(contentType)}; ${only}`);
  }
  // Base64 makes 4 bytes of 3, escapes in JSON up to 6 of 1: twice the data is fair to both.
  const bytesMax = 2 * eventBytesMax + attributesBytesMax;
  if (body.length > bytesMax) {
    const limit = `${bytesMax} = 2 × eventBytesMax ${eventBytesMax} + ${attributesBytesMax}`;
    throw new EventError('event.too_large', `body of ${body.length} bytes exceeds ${limit}`);
  }
  const value = contentAs('json', body);
  if (!value.isValid) throw notWhatItSays('JSON in UTF-8', contentType);
  return parseCloudEvent(value.data, { source: amqpSourceDefault, eventBytesMax });
}

function binaryEvent(delivery: AmqpDelivery, { eventBytesMax }: ReadOptions): BusEvent {
  const { body, contentType, messageId, type, headers } = delivery;
  const key = text('the header key', headers.key);
  if (key === undefined) throw new EventError('event.no_key', 'the header key is missing');
  const stated = text('content_type', contentType) ?? contentTypes.binary;
  const format = formatOfMediaType(stated);
  if (format === undefined) {
    const message = `content_type is ${clipped(stated)}, not a media type`;
    throw new EventError('event.invalid', message);
  }
  const event: BusEvent = {
    key,
    id: required('message_id', messageId),
    type: required('type', type),
    source: text('the header source', headers.source) ?? amqpSourceDefault,
    format,
    data: body,
  };
  checkEvent(event, eventBytesMax);
  if (format === 'binary' || contentAs(format, body).isValid) return event;
  throw notWhatItSays(format === 'json' ? 'JSON in UTF-8' : 'UTF-8', stated);
}

/** The body itself is not quoted: it may be confidential, and reasons are logged. */
function notWhatItSays(what: string, contentType: unknown): EventError {
  const message = `the body is not ${what}, as content_type ${clipped(contentType)} says`;
  return new EventError('event.invalid', message);
}

/**
 * In another queue than its key's own an event could overtake its predecessors. How it came
 * into the right one does not matter: dead letters are often moved back past the exchange.
 */
function checkPartition(key: string, routingKey: string, options: ReadOptions): void {
  const { partition, partitions } = options;
  const own = partitionOf(key, partitions);
  if (own === partition) return;
  const sum = `crc32(${clipped(key)}) % ${partitions} is ${own}`;
  const message =
    routingKey === String(own)
      ? `${sum}, but the event came through queue ${partition}: a wrong binding`
      : `wrong routing key ${clipped(routingKey)}: ${sum}`;
  throw new EventError('event.wrong_partition', message);
}

function required(name: string, value: unknown): string {
  const given = text(name, value);
  if (given !== undefined) return given;
  throw new EventError('event.invalid', `${name} is missing`);
}

/** undefined = absent. */
function text(name: string, value: unknown): string | undefined {
  if ((value ?? undefined) === undefined) return undefined;
  if (typeof value === 'string') return value;
  throw new EventError('event.invalid', `${name} is ${clipped(value)}, not a string`);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function keptHeader(name: string, value: unknown): Record<string, string> {
  if ((value ?? undefined) === undefined) return {};
  return { [name]: typeof value === 'string' ? value.slice(0, reasonCharsMax) : clipped(value) };
}

function shortText(value: unknown): string {
  if ((value ?? undefined) === undefined) return '';
  const whole = typeof value === 'string' ? value : clipped(value);
  // Bytes that were no UTF-8 were replaced by longer ones on the way in.
  const { read } = new TextEncoder().encodeInto(whole, new Uint8Array(shortTextBytesMax));
  return whole.slice(0, read);
}
