export { assert, present, unreachable } from './assert.ts';
export type { Cancel, Clock } from './clock.ts';
export { ConfigError, messageOf, RingwayError } from './errors.ts';
export type { Flavor } from './flavor.ts';
export { type Fields, type Logger, silentLogger } from './logger.ts';
export { type Random, seededRandom, systemRandom } from './random.ts';
export { systemClock } from './system-clock.ts';
export {
  type BootId,
  bootNumberOf,
  type Idx,
  type KeyEpoch,
  memberIdOf,
  type Offset,
  type Slot,
  type Term,
} from './words.ts';
