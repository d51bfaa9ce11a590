/** What the figures were measured on, and with which versions: printed above every result. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly node: string;
  /** Of Ringway: version, and commit where git knows it. */
  readonly ringway: string;
  /** Of the last minute, before anything was started: above 0.5 the machine was not quiet. */
  readonly loadBefore: number;
}

const root = join(import.meta.dirname, '../..');

export function describeMachine(): Machine {
  const all = cpus();
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly version: string;
  };
  return {
    cpu: all[0]?.model ?? 'unknown',
    cores: all.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    ringway: [version, commit()].join(' ').trim(),
    loadBefore: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  };
}

export function machineLines(machine: Machine): readonly string[] {
  const { cpu, cores, memoryGiB, kernel, node, ringway, loadBefore } = machine;
  return [
    `${cpu}, ${cores} cores, ${memoryGiB} GiB, Linux ${kernel}, node ${node}, ringway ${ringway}`,
    `load average before: ${loadBefore}${loadBefore > 0.5 ? ' (NOT QUIET: trust ratios only)' : ''}`,
  ];
}

/** '' outside of a repository; `+` = with changes that no commit has. */
function commit(): string {
  const git = (...args: readonly string[]): string =>
    execFileSync('git', args, { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .trim();
  try {
    const isChanged = git('status', '--porcelain', '--untracked-files=no') !== '';
    return `${git('rev-parse', '--short', 'HEAD')}${isChanged ? '+' : ''}`;
  } catch {
    return '';
  }
}
