/** All faults that a run draws from. Where no small disk can be had, `diskFull` is none of them. */
import { whyNoSmallDisk } from '../../support/servers/index.ts';
import type { Fault } from '../fault.ts';
import { both } from './both.ts';
import { diskFull } from './disk.ts';
import { gatewayKill } from './gateway.ts';
import { kill } from './kill.ts';
import { linkFaults, zooKeeperCut } from './links.ts';
import { joinAndDrain, weight } from './moves.ts';
import { rabbitRestart } from './rabbitmq.ts';
import { storm } from './storm.ts';
import { zombie } from './zombie.ts';
import { leaderKill, outage } from './zookeeper.ts';

/** Why no disk can be filled on this machine; undefined = it can. */
export const whyNoDisk = whyNoSmallDisk();

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
  ...(whyNoDisk === undefined ? [diskFull] : []),
];

/** @throws Error that lists the names */
export function faultNamed(name: string): Fault {
  const fault = allFaults.find((one) => one.name === name);
  if (fault !== undefined) return fault;
  throw new Error(`no fault "${name}": ${allFaults.map((one) => one.name).join(', ')}`);
}
