/**
 * Loaded by `npm test` only: sees before the first test that everything is there which the full
 * run needs, and installs it where that is possible. A run of chosen files does not load this; its
 * tests find servers when they use them, and fail with the same message.
 */
import { findRabbit, findZooKeeper, givenServers } from './find-servers.ts';
import { installPackages } from './install.ts';
import { thisMachine } from './machine.ts';
import { missing, type Requirement } from './missing.ts';
import { haproxyPath, pythonWithPika } from './programs.ts';

export function mochaGlobalSetup(): void {
  const lacking = lackingHere();
  if (lacking.length === 0) return;
  const canInstall = process.getuid?.() === 0 && thisMachine.onPath('apt-get') !== undefined;
  if (!canInstall) throw missing(lacking);
  installPackages(lacking);
  const stillLacking = lackingHere();
  if (stillLacking.length > 0) throw missing(stillLacking);
}

function lackingHere(): readonly Requirement[] {
  const given = givenServers(thisMachine);
  const has: Readonly<Record<Requirement, () => boolean>> = {
    zookeeper: () => given.zookeeper !== undefined || findZooKeeper(thisMachine) !== undefined,
    rabbitmq: () => given.rabbitmq !== undefined || findRabbit(thisMachine) !== undefined,
    haproxy: () => isFound(haproxyPath),
    pika: () => isFound(pythonWithPika),
  };
  return (Object.keys(has) as Requirement[]).filter((requirement) => !has[requirement]());
}

function isFound(find: () => string): boolean {
  try {
    find();
    return true;
  } catch {
    return false;
  }
}
