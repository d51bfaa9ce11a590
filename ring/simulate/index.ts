export { defaultRates } from './bill.ts';
export {
  type CompareOptions,
  type Comparison,
  compareStrategies,
  type StrategyRun,
  type StrategyStep,
  strategies,
} from './compare.ts';
export {
  type Explanation,
  explainKey,
  explainKeys,
  type KeyMove,
  type MovedSlot,
  movedKeys,
  movedSlots,
} from './explain.ts';
export { Load, type LoadOptions } from './load.ts';
export {
  type FittedWorker,
  type Optimization,
  type OptimizeOptions,
  optimizeBalance,
  weightFor,
} from './optimize.ts';
export {
  checkPlan,
  type LiveRing,
  type Plan,
  type PlanCheck,
  type PlannedMove,
  type PlannedRing,
  type PlannedStep,
  type PlanProblem,
  planOf,
} from './plan.ts';
export { parsePlan } from './plan-parse.ts';
export type {
  Balance,
  Bill,
  CrashCase,
  Flow,
  HotKey,
  Movement,
  RingState,
  Simulation,
  StepResult,
  Survey,
  Verdict,
  VerdictReason,
  WorkerFate,
  WorkerLoad,
  WorkerStep,
} from './results.ts';
export { parseScenario } from './scenario-parse.ts';
export { type SchemeCost, type SchemeName, type SchemeOptions, schemeCosts } from './schemes.ts';
export type { CircleMoves, PlacedBalance, PlacedMoves } from './seating.ts';
export { simulate } from './simulate.ts';
export type { StrategyName } from './strategies/strategy.ts';
export { type SyntheticOptions, SyntheticUsers } from './synthetic.ts';
export { type Step, type SurveyPoint, type Timeline, timelineOf } from './timeline.ts';
export {
  type BillRates,
  type Change,
  type Measure,
  type MemberChange,
  type Quantities,
  type Scenario,
  type SimulatedMember,
  type SimulationOptions,
  simulationLimits,
  type Thresholds,
} from './types.ts';
export {
  type LawCheck,
  type LawName,
  type RingMaker,
  type Verification,
  type VerifyOptions,
  verifyMembers,
} from './verify.ts';
