/**
 * A disk that can be filled: a file system of its own in memory, of a few megabytes, mounted at a
 * folder. Needs root on Linux. The watchdog of test-folder.ts unmounts what is left behind.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const blockBytes = 64 * 1024;
const fillerName = 'filler';

/** Why there can be none on this machine; undefined = there can. Mounts one, to see. */
export function whyNoSmallDisk(): string | undefined {
  if (process.platform !== 'linux') return `no tmpfs on ${process.platform}`;
  if (process.getuid?.() !== 0) return 'mounting a tmpfs needs root';
  const folder = mkdtempSync(join(tmpdir(), 'ringway-disk-'));
  const problem = mount(folder, blockBytes);
  if (problem === undefined) unmountSmallDisk(folder);
  rmdirSync(folder);
  return problem;
}

/** @throws Error with what `mount` said */
export function mountSmallDisk(folder: string, bytes: number): void {
  const problem = mount(folder, bytes);
  if (problem !== undefined) throw new Error(problem);
}

export function unmountSmallDisk(folder: string): void {
  // Lazily: whoever still has a file open there is about to be killed.
  spawnSync('umount', ['-l', folder]);
}

/** Writes until there is no space left. @returns the bytes written */
export function fillDisk(folder: string): number {
  const file = openSync(join(folder, fillerName), 'w');
  const block = Buffer.alloc(blockBytes);
  let written = 0;
  try {
    for (;;) written += writeSync(file, block);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    return written;
  } finally {
    closeSync(file);
  }
}

export function freeDisk(folder: string): void {
  rmSync(join(folder, fillerName), { force: true });
}

function mount(folder: string, bytes: number): string | undefined {
  const { status, stderr, error } = spawnSync(
    'mount',
    ['-t', 'tmpfs', '-o', `size=${bytes}`, 'ringway-test', folder],
    { encoding: 'utf8' },
  );
  return status === 0 ? undefined : `mount at ${folder}: ${error?.message ?? stderr.trim()}`;
}
