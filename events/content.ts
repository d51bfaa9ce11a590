/**
 * What the bytes of an event are: JSON, text or anything else, told by a media type. JSON and
 * text are UTF-8, whatever else a `charset` says.
 */
import type { BusEvent } from './envelope.ts';

export type ContentFormat = BusEvent['format'];

export const contentTypes = {
  json: 'application/json',
  text: 'text/plain; charset=utf-8',
  binary: 'application/octet-stream',
} as const;

/** undefined = not a media type. */
export function formatOfMediaType(contentType: string): ContentFormat | undefined {
  const mediaType = mediaTypeOf(contentType);
  if (!/^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/.test(mediaType)) return undefined;
  if (/[/+]json$/.test(mediaType)) return 'json';
  return mediaType.startsWith('text/') ? 'text' : 'binary';
}

/** Without parameters, in lower case. */
export function mediaTypeOf(contentType: string): string {
  return contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

type Value = { readonly isValid: true; readonly data: unknown } | { readonly isValid: false };

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The value that the bytes stand for, if they are what they are said to be. */
export function contentAs(format: 'json' | 'text', bytes: Uint8Array): Value {
  try {
    const decoded = utf8.decode(bytes);
    return { isValid: true, data: format === 'json' ? JSON.parse(decoded) : decoded };
  } catch {
    return { isValid: false };
  }
}
