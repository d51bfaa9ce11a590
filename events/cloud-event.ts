/**
 * One event in the JSON form of CloudEvents 1.0 (sections 2 and 3.1 of its JSON format), as
 * `POST /v1/events` takes it and receipts show it. Beside the standard's `partitionkey` the key
 * may be given as `user` or `room`; `id` and `source` may be left out.
 */
import type { Random } from '../base/index.ts';
import { contentAs, contentTypes, formatOfMediaType } from './content.ts';
import {
  type BusEvent,
  checkEvent,
  clipped,
  EventError,
  eventBytesMaxDefault,
} from './envelope.ts';

export interface CloudEventDefaults {
  /** For events that name no source. */
  readonly source: string;
  /**
   * Makes the id of events that have none; publishing such an event twice makes two. Without it
   * such events are refused.
   */
  readonly random?: Random;
  /** Longest `data` in bytes. Default 262144. */
  readonly eventBytesMax?: number;
}

export interface CloudEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly partitionkey: string;
  readonly datacontenttype: string;
  readonly data?: unknown;
  readonly data_base64?: string;
}

type Attributes = Readonly<Record<string, unknown>>;
type Content = Pick<BusEvent, 'format' | 'data'>;

/** @throws EventError `event.no_key`, `event.invalid`, `event.too_large` */
export function parseCloudEvent(json: unknown, defaults: CloudEventDefaults): BusEvent {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw invalid(`the event is ${clipped(json)}, not an object`);
  }
  const attributes: Attributes = { ...json };
  const version = attributes.specversion ?? '1.0';
  if (version !== '1.0') throw invalid(`specversion is ${clipped(version)}, not "1.0"`);
  const type = text(attributes, 'type');
  if (type === undefined) throw invalid('type is missing');
  const event: BusEvent = {
    key: keyOf(attributes),
    id: text(attributes, 'id') ?? madeId(defaults),
    type,
    source: text(attributes, 'source') ?? defaults.source,
    ...contentOf(attributes),
  };
  checkEvent(event, defaults.eventBytesMax ?? eventBytesMaxDefault);
  return event;
}

/** The other way round: `parseCloudEvent` of it is the same event. */
export function toCloudEvent(event: BusEvent): CloudEvent {
  const { key, id, source, type } = event;
  const attributes = { specversion: '1.0', id, source, type, partitionkey: key } as const;
  const datacontenttype = contentTypes[event.format];
  const bytes = Buffer.from(event.data.buffer, event.data.byteOffset, event.data.byteLength);
  if (event.format !== 'binary') {
    const value = contentAs(event.format, bytes);
    if (value.isValid) return { ...attributes, datacontenttype, data: value.data };
  }
  return { ...attributes, datacontenttype, data_base64: bytes.toString('base64') };
}

function madeId({ random }: CloudEventDefaults): string {
  if (random === undefined) throw invalid('id is missing');
  return random.hex(16);
}

function keyOf(attributes: Attributes): string {
  const key = text(attributes, 'partitionkey');
  if (key !== undefined) return key;
  const user = text(attributes, 'user');
  const room = text(attributes, 'room');
  if (user !== undefined && room !== undefined) {
    throw invalid(`user ${clipped(user)} and room ${clipped(room)}: an event has one key`);
  }
  for (const [kind, name] of [['user', user] as const, ['room', room] as const]) {
    if (name === '') throw new EventError('event.no_key', `${kind} is empty`);
    if (name !== undefined) return `${kind}:${name}`;
  }
  throw new EventError('event.no_key', 'the event has none of partitionkey, user and room');
}

function contentOf(attributes: Attributes): Content {
  const format = formatOf(text(attributes, 'datacontenttype'));
  const base64 = text(attributes, 'data_base64');
  if (base64 === undefined) return inlineContent(format, attributes.data ?? null);
  if ((attributes.data ?? undefined) !== undefined)
    throw invalid('data and data_base64 exclude each other');
  const data = Buffer.from(base64, 'base64');
  if (data.toString('base64').replaceAll('=', '') !== base64.replaceAll('=', '')) {
    throw invalid(`data_base64 ${clipped(base64)} is not Base64`);
  }
  const stated = format ?? 'binary';
  if (stated !== 'binary' && !contentAs(stated, data).isValid) {
    throw invalid(`data_base64 ${clipped(base64)} is not the ${stated} that it claims to be`);
  }
  return { format: stated, data };
}

function inlineContent(format: BusEvent['format'] | undefined, data: unknown): Content {
  if (format === undefined || format === 'json') {
    return { format: 'json', data: Buffer.from(printed(data)) };
  }
  if (typeof data === 'string') return { format: 'text', data: Buffer.from(data) };
  if (data === null) return { format, data: Buffer.alloc(0) };
  throw invalid(`data is ${clipped(data)}, which only a JSON datacontenttype allows`);
}

/** undefined = not stated: JSON inline, binary in Base64. */
function formatOf(contentType: string | undefined): BusEvent['format'] | undefined {
  if (contentType === undefined) return undefined;
  const format = formatOfMediaType(contentType);
  if (format !== undefined) return format;
  throw invalid(`datacontenttype is ${clipped(contentType)}, not a media type`);
}

function printed(data: unknown): string {
  try {
    return JSON.stringify(data);
  } catch {
    // It came from JSON, so only its depth can be the matter.
    throw invalid('data is nested too deeply');
  }
}

/** undefined = absent; CloudEvents takes `null` for absent too. */
function text(attributes: Attributes, name: string): string | undefined {
  const value = attributes[name] ?? undefined;
  if (value === undefined || typeof value === 'string') return value;
  throw invalid(`${name} is ${clipped(value)}, not a string`);
}

function invalid(message: string): EventError {
  return new EventError('event.invalid', message);
}
