export {
  type Application,
  type CloseContext,
  defineApplication,
  type EventContext,
  type EventToSend,
  type Frozen,
  type HandlerContext,
  type KeyContext,
  type MessageContext,
  type OpenContext,
  type PublishOptions,
  type PushOptions,
  type ReplyingSession,
  type SessionContext,
} from './application.ts';
export { builtInApplications } from './built-in/index.ts';
export type { SlotReport, WorkerLimits } from './core-types.ts';
export type { DrainEnd } from './drain.ts';
export { createFlapGuard, type FlapGuard } from './flaps.ts';
export { createHealthServer, type HealthServer } from './health.ts';
export {
  type ApplicationLimits,
  defaultLimits,
  type LimitSpec,
  type Limits,
  limitSpecs,
  type NumericLimit,
  numericLimits,
  type ShellLimits,
} from './limits.ts';
export { loadApplication } from './load-application.ts';
export { limitsWith } from './options.ts';
export { EventPayload, Payload } from './payload.ts';
export type { ShellPhase, SlotCounts, WorkerStatus } from './status.ts';
export {
  createWorker,
  limitProblems,
  type Worker,
  type WorkerCoordinator,
  type WorkerOptions,
} from './worker.ts';
