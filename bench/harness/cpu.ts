/**
 * CPU time of processes as the kernel counts it, by kinds of process. All threads count: of node
 * also the garbage collector's and the compiler's, of RabbitMQ the schedulers'.
 */
import { readFileSync } from 'node:fs';

/** Process ids by kind: `gateway`, `worker`, `broker`. */
export type Kinds = Readonly<Record<string, readonly number[]>>;

export type CpuByKind = Readonly<Record<string, number>>;

/** @returns a function that tells the CPU microseconds since, by kind */
export function startCpuMeter(kinds: Kinds): () => CpuByKind {
  const before = cpuUsOf(kinds);
  return () => {
    const now = cpuUsOf(kinds);
    return Object.fromEntries(
      Object.keys(kinds).map((kind) => [kind, (now[kind] ?? 0) - (before[kind] ?? 0)]),
    );
  };
}

function cpuUsOf(kinds: Kinds): CpuByKind {
  return Object.fromEntries(
    Object.entries(kinds).map(([kind, pids]) => [
      kind,
      pids.reduce((sum, pid) => sum + cpuUsOfProcess(pid), 0),
    ]),
  );
}

/** `USER_HZ`, which is 100 on every Linux that node runs on. */
const usPerTick = 10_000;

/**
 * Microseconds of CPU that a process has used, in steps of 10,000; of threads that have ended, too.
 * @throws Error when there is no such process
 */
export function cpuUsOfProcess(pid: number): number {
  return ticksOf(readFileSync(`/proc/${pid}/stat`, 'utf8')) * usPerTick;
}

/** utime + stime: fields 14 and 15; the second, a name in brackets, may hold anything. */
export function ticksOf(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}
