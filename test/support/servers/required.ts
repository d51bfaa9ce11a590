/**
 * Loaded by `npm test` only: sees before the first test that everything is there which the full
 * run needs, and installs it where that is possible. A run of chosen files does not load this; its
 * tests find servers when they use them, and fail with the same message.
 */
import { findRabbit, findZooKeeper, givenServers } from './find-servers.ts';
import { installPackages } from './install.ts';
import { thisMachine } from './machine.ts';
import { missing, type Requirement } from './missing.ts';
import { composeCommand, haproxyPath, pythonWithPika } from './programs.ts';

export function mochaGlobalSetup(): void {
  const lacking = lackingHere();
  if (lacking.length === 0) return;
  const canInstall = process.getuid?.() === 0 && thisMachine.onPath('apt-get') !== undefined;
  if (canInstall) installPackages(lacking);
  const stillLacking = (canInstall ? lackingHere() : lacking).filter(isForMany);
  if (stillLacking.length > 0) throw missing(stillLacking);
}

/** Compose is for one test, which fails by itself: no reason to run nothing at all. */
function isForMany(requirement: Requirement): boolean {
  return requirement !== 'compose';
}

function lackingHere(): readonly Requirement[] {
  const given = givenServers(thisMachine);
  const has: Readonly<Record<Requirement, () => boolean>> = {
    zookeeper: () => given.zookeeper !== undefined || findZooKeeper(thisMachine) !== undefined,
    rabbitmq: () => given.rabbitmq !== undefined || findRabbit(thisMachine) !== undefined,
    haproxy: () => isFound(haproxyPath),
    compose: () => isFound(composeCommand),
    pika: () => isFound(pythonWithPika),
  };
  return (Object.keys(has) as Requirement[]).filter((requirement) => !has[requirement]());
}

function isFound(find: () => unknown): boolean {
  try {
    find();
    return true;
  } catch {
    return false;
  }
}
