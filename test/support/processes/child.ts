/**
 * A child process of a test: signals, the end of it, the last lines that it said. None is left
 * behind: what still runs when the tests' process ends is killed, or ends itself.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { eventually } from '../eventually.ts';

export interface ChildOptions {
  /** For messages: `w-1`, `fleet`. */
  readonly name: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Hears each line that it says. */
  readonly onLine?: (line: string) => void;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const tailLinesMax = 200;
const endWithParent = pathToFileURL(join(import.meta.dirname, 'end-with-parent.mjs')).href;
const running = new Set<ChildProcess>();

process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export class Child {
  readonly name: string;
  readonly process: ChildProcess;
  /** Resolves when it has ended and said its last. */
  readonly exited: Promise<Ended>;
  #ended: Ended | undefined;
  #tail: string[] = [];

  /** Runs node; nothing of this process's RINGWAY_ variables gets through. */
  constructor({ name, args, env = {}, onLine }: ChildOptions) {
    this.name = name;
    const inherited = Object.entries(process.env).filter(([key]) => !key.startsWith('RINGWAY_'));
    const child = spawn(process.execPath, ['--import', endWithParent, ...args], {
      env: { ...Object.fromEntries(inherited), ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.process = child;
    running.add(child);
    for (const stream of [child.stdout, child.stderr]) this.#listen(stream, onLine);
    this.exited = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => {
        running.delete(child);
        this.#ended = { code, signal };
        resolve(this.#ended);
      });
    });
  }

  /** undefined = it runs, or is stopped. */
  get ended(): Ended | undefined {
    return this.#ended;
  }

  /** The last lines of both its streams. */
  get tail(): string {
    return this.#tail.join('\n');
  }

  signal(name: NodeJS.Signals): void {
    if (!this.process.kill(name)) throw new Error(`${this.name} is gone: no ${name} for it`);
  }

  /** Of all its threads, on Linux. Lowering the value needs root. */
  setNice(value: number): void {
    const { pid } = this.process;
    if (pid === undefined || this.#ended !== undefined) return;
    for (const thread of readdirSync(`/proc/${pid}/task`)) setPriority(Number(thread), value);
  }

  /** SIGKILL, and the proof that it died of it. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    const ended = await this.exited;
    if (ended.signal !== 'SIGKILL') throw this.error(`did not die by SIGKILL: ${shown(ended)}`);
  }

  /** Waits for something that it should bring about; fails at once when it ends instead. */
  until<T>(
    what: string,
    probe: () => T | false | undefined | Promise<T | false | undefined>,
    deadlineMs: number,
  ): Promise<T> {
    const watched = async (): Promise<T | false | undefined> => {
      if (this.#ended) throw this.error(`ended instead: ${what}: ${shown(this.#ended)}`);
      return probe();
    };
    return eventually(what, watched, deadlineMs).catch((error: unknown) => {
      throw this.error(error instanceof Error ? error.message : String(error));
    });
  }

  error(message: string): Error {
    return new Error(`${this.name}: ${message}; it said:\n${this.tail}`);
  }

  #listen(stream: NodeJS.ReadableStream | null, onLine?: (line: string) => void): void {
    let rest = '';
    stream?.setEncoding('utf8');
    stream?.on('data', (part: string) => {
      const lines = (rest + part).split('\n');
      rest = lines.pop() ?? '';
      this.#tail = [...this.#tail, ...lines].slice(-tailLinesMax);
      if (onLine) for (const line of lines) onLine(line);
    });
    stream?.on('end', () => {
      if (rest !== '') this.#tail.push(rest);
    });
  }
}

function shown({ code, signal }: Ended): string {
  return signal ?? `exit code ${code}`;
}
