/**
 * Names that an application hands out: keys, topics, types, ids. They become routing keys and
 * message properties of AMQP, which end at 255 bytes, so they are refused here, at the call.
 */
import { RingwayError } from '../base/index.ts';
import { eventLimits } from '../events/index.ts';

/** Longest string that AMQP takes as a routing key or message property. */
export const nameBytesMax = 255;

/** @throws RingwayError `name.invalid` unless `id` may be a worker id: a znode name and ring member */
export function checkWorkerId(id: unknown): string {
  if (typeof id === 'string' && isWorkerId(id)) return id;
  const shown = typeof id === 'string' ? JSON.stringify(id.slice(0, 80)) : typeof id;
  throw new RingwayError(
    'name.invalid',
    `worker id ${shown} does not match [a-z0-9][a-z0-9-]{0,62}`,
  );
}

export function isWorkerId(id: string): boolean {
  return /^[a-z0-9][a-z0-9-]{0,62}$/.test(id);
}

/** @throws RingwayError `name.invalid` */
export function checkKey(key: unknown, call: string): string {
  return checkText(key, `key of ${call}`, eventLimits.keyBytesMax);
}

/** @throws RingwayError `name.invalid` */
export function checkName(name: unknown, what: string): string {
  return checkText(name, what, nameBytesMax);
}

/** `message.<key>[.<suffix>]`. @throws RingwayError `name.invalid` */
export function topicOf(key: string, suffix: unknown): string {
  if (suffix === undefined) return checkName(`message.${key}`, 'topic');
  return checkName(`message.${key}.${checkName(suffix, 'topic suffix')}`, 'topic');
}

function checkText(value: unknown, what: string, bytesMax: number): string {
  if (typeof value !== 'string') {
    throw new RingwayError('name.invalid', `${what} is not a string but ${typeof value}`);
  }
  if (value === '') throw new RingwayError('name.invalid', `${what} is empty`);
  const bytes = Buffer.byteLength(value);
  if (bytes > bytesMax) {
    throw new RingwayError('name.invalid', `${what} of ${bytes} bytes exceeds ${bytesMax}`);
  }
  // No event may have them: refused here, or the bus would refuse what is committed already.
  if (/[\p{Control}\p{Surrogate}]/u.test(value)) {
    const message = `${what} holds a control character or half a surrogate pair`;
    throw new RingwayError('name.invalid', message);
  }
  return value;
}
