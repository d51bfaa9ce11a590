/** All faults that a run draws from. */
import type { Fault } from '../fault.ts';
import { both } from './both.ts';
import { gatewayKill } from './gateway.ts';
import { kill } from './kill.ts';
import { linkFaults, zooKeeperCut } from './links.ts';
import { joinAndDrain, weight } from './moves.ts';
import { rabbitRestart } from './rabbitmq.ts';
import { storm } from './storm.ts';
import { zombie } from './zombie.ts';
import { leaderKill, outage } from './zookeeper.ts';

export const allFaults: readonly Fault[] = [
  kill,
  storm,
  zombie,
  leaderKill,
  outage,
  zooKeeperCut,
  rabbitRestart,
  gatewayKill,
  joinAndDrain,
  weight,
  ...linkFaults,
  both,
];

/** @throws Error that lists the names */
export function faultNamed(name: string): Fault {
  const fault = allFaults.find((one) => one.name === name);
  if (fault !== undefined) return fault;
  throw new Error(`no fault "${name}": ${allFaults.map((one) => one.name).join(', ')}`);
}
