/**
 * Numbers as the page writes them: as the text does, with their unit always beside them and no
 * line ending between the two; ratios have a third decimal, since there is room to compare.
 */
import type { Measure } from '../../../ring/index.ts';
import {
  bytes as byteText,
  count,
  duration as durationText,
  percent as percentText,
} from '../numbers.ts';

/** Between a number and its unit, where no line may end. */
const gap = '\u00a0';

/** What stands where there is nothing to say. */
export const nothing = '–';

/** `1,234,567`. */
export function whole(value: number): string {
  return Number.isFinite(value) ? count(value) : nothing;
}

/** Of a measure. Events are seldom whole, and keep a decimal as long as it says something. */
export function amount(value: number, measure: Measure = 'users'): string {
  if (measure === 'eventsPerS' && value !== 0 && Math.abs(value) < 1_000) {
    return decimals(value, Math.abs(value) < 10 ? 2 : 1);
  }
  return Number.isInteger(value) || Math.abs(value) >= 1_000 ? whole(value) : decimals(value, 2);
}

/** Of a fraction of 1: `25.03 %`. */
export function percent(fraction: number): string {
  return Number.isFinite(fraction) ? unbroken(percentText(fraction)) : nothing;
}

/** Load ÷ fair load: `1.034 ×`. */
export function times(factor: number): string {
  return Number.isFinite(factor) ? `${decimals(factor, 3)}${gap}×` : nothing;
}

/** `1.3 GB`. */
export function bytes(value: number): string {
  return Number.isFinite(value) ? unbroken(byteText(value)) : nothing;
}

/** `80 ms`, `4.2 s`, `3 min 21 s`. */
export function duration(seconds: number): string {
  return Number.isFinite(seconds) ? unbroken(durationText(seconds)) : nothing;
}

/** `9,817/s`. */
export function perSecond(value: number): string {
  return `${value < 100 && !Number.isInteger(value) ? decimals(value, 1) : whole(value)}/s`;
}

export function decimals(value: number, places: number): string {
  return Number.isFinite(value) ? value.toFixed(places) : nothing;
}

/** A number of an axis or a weight: as many digits as it needs, at most six. */
export function plain(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(6))) : nothing;
}

/** A name in a picture, where room is scarce; the table beside it has the whole. */
export function shortened(name: string, lengthMax = 12): string {
  const characters = [...name];
  return characters.length <= lengthMax ? name : `${characters.slice(0, lengthMax - 1).join('')}…`;
}

function unbroken(text: string): string {
  return text.replaceAll(' ', gap);
}
