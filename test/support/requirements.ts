/**
 * What the tests need of the machine besides `npm ci`, checked once before the first test so
 * that a missing program is one clear sentence instead of a failure in the middle.
 */
import { execFileSync } from 'node:child_process';

/** Placement is compared with a second implementation in Python (test/support/placement.py). */
export function mochaGlobalSetup(): void {
  try {
    execFileSync('python3', ['-c', 'import zlib, hashlib'], { stdio: 'pipe' });
  } catch {
    throw new Error(
      'The tests need python3 (3.7 or newer, standard library only) on the PATH: they compare ' +
        'the hash ring with an independent implementation. Install it, for instance with ' +
        '`apt-get install python3` or `brew install python3`, and run `npm test` again.',
    );
  }
}
