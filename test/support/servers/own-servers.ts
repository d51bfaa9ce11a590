/**
 * Tests that stop, freeze or kill a server need one that they may start. Where the tests are given
 * the address of a running server and nothing is installed, they cannot run; they are listed as
 * pending with the reason, and one line at the end of the run says what was not tested.
 */
import { describe, type Suite } from 'mocha';
import { findRabbit, findZooKeeper, givenServers, type Machine } from './find-servers.ts';
import { thisMachine } from './machine.ts';

type OwnServer = 'zookeeper' | 'rabbitmq';

const untested: string[] = [];

/** For whatever else the machine does not let a test do: names it in the last line of the run. */
export function noteUntested(title: string, reason: string): void {
  if (untested.length === 0) process.once('exit', reportUntested);
  untested.push(`${title} (${reason})`);
}

/** `describe` for tests that start servers of their own. */
export function describeWithOwnServers(
  title: string,
  needs: readonly OwnServer[],
  body: (this: Suite) => void,
): void {
  const reason = whyNotStartable(needs, thisMachine);
  if (reason === undefined) {
    describe(title, body);
    return;
  }
  noteUntested(title, reason);
  describe.skip(`${title} (not run: ${reason})`, body);
}

/** Why these servers cannot be started here although the tests may run, if so. Without given
 * addresses the answer is always `undefined`: then they are installed, or starting them fails. */
export function whyNotStartable(needs: readonly OwnServer[], machine: Machine): string | undefined {
  const given = givenServers(machine);
  const isLacking = {
    zookeeper: given.zookeeper !== undefined && findZooKeeper(machine) === undefined,
    rabbitmq: given.rabbitmq !== undefined && findRabbit(machine) === undefined,
  };
  const lacking = needs.filter((need) => isLacking[need]);
  if (lacking.length === 0) return undefined;
  return `${lacking.join(' and ')} given by address, none installed that the test may stop`;
}

function reportUntested(): void {
  console.error(`NOT TESTED, because this machine does not allow it: ${untested.join('; ')}`);
}
