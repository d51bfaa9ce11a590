/** Numbers that callers give: refused with their name and range, never bent into it. */
import { quoted, RingError } from '../error.ts';

/** A whole number; `max` by default. @throws RingError `ring.bad_option` */
export function bounded(name: string, value: number | undefined, max: number, min = 0): number {
  const number = value ?? max;
  if (Number.isInteger(number) && number >= min && number <= max) return number;
  throw new RingError(
    'ring.bad_option',
    `${name} ${quoted(value)} is not a whole number from ${min} to ${max}`,
  );
}

/** @throws RingError `ring.bad_option` */
export function inRange(name: string, value: number, min: number, max: number): number {
  if (value >= min && value <= max) return value;
  throw new RingError(
    'ring.bad_option',
    `${name} ${quoted(value)} is not a number from ${min} to ${max}`,
  );
}
