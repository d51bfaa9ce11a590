/** What every simulated process stands in: one object, made by `world.ts`. */
import type { Random } from '../../base/index.ts';
import type { GatewayLimits } from '../../gateway/core-types.ts';
import type { WorkerLimits } from '../../worker/core-types.ts';
import type { ApplicationModel } from './application.ts';
import type { EventBroker, OutBroker } from './broker.ts';
import type { Subjects } from './cores.ts';
import type { Ledger } from './ledger.ts';
import type { LocalClock } from './local-clock.ts';
import type { CoordinatorFaults } from './membership-shell.ts';
import type { Network } from './network.ts';
import type { Schedule } from './schedule.ts';
import type { StuckKeys } from './stuck-keys.ts';
import type { Trace } from './trace.ts';
import type { ZooKeeper } from './zookeeper.ts';

export interface Surroundings {
  readonly slotCount: number;
  readonly schedule: Schedule;
  /** Of the so manieth life in the world. */
  readonly clockOf: (life: number) => LocalClock;
  readonly random: Random;
  readonly trace: Trace;
  readonly zookeeper: ZooKeeper;
  readonly coordinatorFaults: CoordinatorFaults;
  readonly network: Network;
  readonly events: EventBroker;
  readonly out: OutBroker;
  readonly application: ApplicationModel;
  readonly stuckKeys: StuckKeys;
  readonly workerLimits: WorkerLimits;
  /** Copies that this worker keeps of the logs that it owns. */
  readonly copiesOf: (id: string) => number;
  readonly gatewayLimits: GatewayLimits;
  readonly subjects: Subjects;
  readonly ledger: Ledger;
  /** A worker ended itself. */
  readonly exited: (id: string, weight: number) => void;
  /** Socket delay between client and gateway. */
  readonly socketDelayMaxMs: number;
}
