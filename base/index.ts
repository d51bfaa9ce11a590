export { advertisedAddress, isLoopback, isWildcard } from './address.ts';
export {
  explanationOf,
  type GuardedRequest,
  type GuardRefusal,
  guard,
  guardedRequestOf,
  guardRefusals,
} from './admin-guard.ts';
export { assert, present, unreachable } from './assert.ts';
export type { Cancel, Clock } from './clock.ts';
export { ConfigError, messageOf, RingwayError } from './errors.ts';
export type { Flavor } from './flavor.ts';
export { answerHeaders, answerJson, answerReadiness, answerText } from './http-answer.ts';
export { type Fields, type Logger, silentLogger } from './logger.ts';
export { type Random, seededRandom, systemRandom } from './random.ts';
export {
  createReadiness,
  isServing,
  type Readiness,
  type ReadinessGauge,
  type ReadinessStatus,
  type Reason,
  type ReasonCode,
  reasonCodes,
} from './readiness.ts';
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
