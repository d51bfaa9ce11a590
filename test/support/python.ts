/**
 * Runs Python as the second opinion: its standard library computes what ours must agree with.
 * Without `python3` the caller fails; a comparison that is skipped proves nothing.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const placementScript = fileURLToPath(new URL('./placement.py', import.meta.url));

/** What `placement.py` answers. */
export interface PythonPlacement {
  readonly keys: readonly { crc32: number; slot: number; target: string | null }[];
  readonly points: Readonly<Record<string, readonly number[]>>;
  readonly targets: readonly (string | null)[];
  readonly successors: readonly (string | null)[];
}

export function placementByPython(question: {
  members: readonly { id: string; weight: number }[];
  keys: readonly string[];
  slots: number;
}): PythonPlacement {
  return python([placementScript], question) as PythonPlacement;
}

/** Runs `python3` with `args`, JSON in and out; throws unless it exits with 0. */
export function python(args: readonly string[], input: unknown): unknown {
  const run = spawnSync('python3', args, {
    input: JSON.stringify(input),
    encoding: 'utf8',
    env: { ...process.env, PYTHONIOENCODING: 'utf-8' },
    maxBuffer: 64 * 1024 * 1024,
    timeout: 30_000,
  });
  if (run.error !== undefined) throw run.error;
  if (run.status !== 0) throw new Error(`python3 exited with ${run.status}: ${run.stderr}`);
  return JSON.parse(run.stdout);
}
