/**
 * Installs Debian's packages of what the tests need, as root only, and keeps the packages from
 * starting services: the tests start their own servers and want no others.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { debianPackages, type Requirement } from './missing.ts';

/** Debian's hook: while it exits with 101, no service is started by an installation. */
const servicePolicy = '/usr/sbin/policy-rc.d';

/** Installs what is missing; a failure shows apt-get's own words, and what is still missing tells. */
export function installPackages(requirements: readonly Requirement[]): void {
  const packages = requirements.flatMap((requirement) => debianPackages[requirement]);
  console.log(`The tests need ${packages.join(', ')}: installing with apt-get, without services.`);
  const hadPolicy = existsSync(servicePolicy);
  if (!hadPolicy) writeFileSync(servicePolicy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    // A stale or unreachable list is no reason not to try.
    aptGet(['update']);
    aptGet(['install', '-y', '--no-install-recommends', ...packages]);
  } finally {
    if (!hadPolicy) rmSync(servicePolicy, { force: true });
  }
}

/** Its many lines are shown only when it fails. */
function aptGet(args: readonly string[]): void {
  console.log(`  apt-get ${args.join(' ')}`);
  const result = spawnSync('apt-get', ['-q', ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (result.status !== 0) console.error(`${result.stdout ?? ''}${result.stderr ?? ''}`);
}
