/**
 * The report of `ringway simulate`: one object that holds the whole answer, and the only thing
 * that the text, the CSV and the page are made from. `--json` prints it as it is, so its shape
 * is a promise: docs/schemas/simulation.v1.json describes it, and whatever is added later is
 * optional. Numbers are exact, fractions are of 1; nothing in it depends on when or where it was made.
 */
import type {
  Comparison,
  Explanation,
  Optimization,
  Scenario,
  SchemeCost,
  Simulation,
  Thresholds,
  Verification,
} from '../../ring/index.ts';

export const reportSchema = 'ringway.simulation/1';

export interface SimulationReport {
  readonly schema: typeof reportSchema;
  /** Version of Ringway that made it. */
  readonly ringway: string;
  readonly asked: Asked;
  /** The verdict in one line, for a reader; begins with `OK` or `NOT OK`. */
  readonly headline: string;
  /** False = exit code 1: a threshold is not met, or a law of the ring is broken. */
  readonly isOk: boolean;
  /** Why not, one sentence each; empty if ok. */
  readonly problems: readonly string[];
  /** The engine's answer. With `--optimize` its last step sets the fitted weights. */
  readonly simulation: Simulation;
  /** Who should own each slot, before the first step and after the last. */
  readonly placement: PlacementReport;
  /** `--optimize`. */
  readonly optimization?: OptimizationReport;
  /** `--compare`. */
  readonly comparison?: Comparison;
  /** `--schemes`: for the number of workers before and, if it differs, after. */
  readonly schemes?: readonly SchemeReport[];
  /** `--explain`, in the order asked. */
  readonly explanations?: readonly Explanation[];
  /** `--verify`, of the members before the first step. */
  readonly verification?: Verification;
}

/** What the report answers. */
export interface Asked {
  readonly ring: {
    readonly from: 'workers' | 'file' | 'zookeeper';
    /** File name or servers, as they were given. */
    readonly name?: string;
  };
  readonly users: UsersAsked;
  readonly scenario: Scenario;
  readonly thresholds: Thresholds;
}

export interface UsersAsked {
  readonly from: 'none' | 'csv' | 'log' | 'synthetic';
  /** File name as it was given; `-` is the standard input. */
  readonly name?: string;
  /** Put before each id to make its key: `user:`. */
  readonly keyPrefix: string;
  /** Lines read, the header and empty ones left out. */
  readonly lines?: number;
  /** Of a log: lines that the pattern matched. */
  readonly matched?: number;
  /** Lines whose user had been there before: added to what the user had. */
  readonly repeated?: number;
  /** Of synthetic users. */
  readonly seed?: number;
  readonly zipf?: number;
}

/** One entry for each of the 16,384 slots: an index in `workers`. */
export interface PlacementReport {
  /** Everybody who is in the ring before or after. */
  readonly workers: readonly string[];
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** `members` is a ring file to go on from. */
export interface OptimizationReport extends Omit<Optimization, 'simulation'> {
  /** The step (from 1) that sets the weights; undefined if none has to change. */
  readonly step?: number;
}

export interface SchemeReport {
  readonly workers: number;
  /** Of the whole cluster, for `readsPerWorkerPerS`. */
  readonly eventsPerS: number;
  readonly costs: readonly SchemeCost[];
}
