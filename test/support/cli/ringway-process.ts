/** The `ringway` command as a child process, as a user would run it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { eventually } from '../eventually.ts';

const root = join(import.meta.dirname, '../../..');

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RingwayProcess {
  readonly stdout: () => string;
  readonly stderr: () => string;
  signal(name: NodeJS.Signals): void;
  type(text: string): void;
  endInput(): void;
  /** Nobody reads what it says any more. */
  closeOutput(): void;
  /** Resolves when the process has ended by itself. */
  readonly finished: Promise<Finished>;
}

const running = new Set<ChildProcess>();

/** Starts `ringway <args>`; nothing of this process's RINGWAY_ variables gets through. */
export function startRingway(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): RingwayProcess {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('RINGWAY_'));
  const child = spawn(process.execPath, ['--import', 'tsx', 'cli/main.ts', ...args], {
    cwd: root,
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  running.add(child);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    stdout += part;
  });
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    stderr += part;
  });
  // A process that ends before it has read everything is no error here.
  child.stdin.on('error', () => undefined);
  const finished = new Promise<Finished>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      running.delete(child);
      resolve({ code, stdout, stderr });
    });
  });
  return {
    stdout: () => stdout,
    stderr: () => stderr,
    signal: (name) => void child.kill(name),
    type: (text) => void child.stdin.write(text),
    endInput: () => void child.stdin.end(),
    closeOutput() {
      child.stdout.destroy();
      child.stderr.destroy();
    },
    finished,
  };
}

/** Runs a command to its end. */
export function ringway(...args: readonly string[]): Promise<Finished> {
  const child = startRingway(args);
  child.endInput();
  return child.finished;
}

/** A second SIGTERM, once it is far enough from the first not to be taken for the same. */
export async function signalledAgain(child: RingwayProcess): Promise<void> {
  await eventually('it hears a second signal', () => {
    child.signal('SIGTERM');
    return child.stderr().includes('SIGTERM again');
  });
}

/** For `afterEach`: whatever a failed test left running. */
export function killLeftovers(): void {
  for (const child of running) child.kill('SIGKILL');
}

export interface Up extends RingwayProcess {
  readonly adminUrl: string;
  readonly publicUrl: string;
}

/** `ringway up` on free ports, once it has said where everything is. */
export async function startUp(...args: readonly string[]): Promise<Up> {
  const child = startRingway(['up', '--port', '0', '--admin-port', '0', ...args]);
  const isReady = (): boolean => {
    if (child.stderr() !== '') throw new Error(`ringway up said: ${child.stderr()}`);
    return child.stdout().includes('Ctrl-C stops it.');
  };
  await eventually('ringway up is ready', isReady, 20_000);
  return {
    ...child,
    adminUrl: found(child.stdout(), /^ {2}page +(http:\S+?)\/$/m),
    publicUrl: found(child.stdout(), /^ {2}clients +(ws:\S+)/m),
  };
}

function found(text: string, pattern: RegExp): string {
  const [, match] = pattern.exec(text) ?? [];
  if (match === undefined) throw new Error(`nothing like ${pattern} in:\n${text}`);
  return match;
}
