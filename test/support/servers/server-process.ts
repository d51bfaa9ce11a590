/**
 * One server as an operating-system process that a test starts, freezes and kills at will.
 * It runs in a session of its own, so that a Ctrl-C at the terminal reaches only the test, and
 * signals go to its whole group. Its output is kept in a file, whose end is part of every failure.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../eventually.ts';

/** What to run; relative paths in `args` are relative to `folder`. */
export interface ServerCommand {
  /** Names its log and pid file, and the server in errors. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly folder: string;
}

const startDeadlineMs = 60_000;
const stopDeadlineMs = 30_000;
const logTailChars = 3000;

/** Starts, freezes, continues, stops and kills one process, any number of times. */
export class ServerProcess {
  readonly #command: ServerCommand;
  #child: ChildProcess | undefined;

  constructor(command: ServerCommand) {
    this.#command = command;
  }

  get isRunning(): boolean {
    const child = this.#child;
    return child !== undefined && child.exitCode === null && child.signalCode === null;
  }

  /** The process id while it runs. */
  get pid(): number | undefined {
    return this.isRunning ? this.#child?.pid : undefined;
  }

  /** Starts it and resolves once `isReady` resolves with true.
   * @throws Error with the end of its log when it exits first or takes too long. */
  async start(isReady: () => Promise<boolean>): Promise<void> {
    const { name } = this.#command;
    if (this.isRunning) throw new Error(`${name} runs already`);
    // Its answers would be taken for those of the new process.
    if (await isReady()) throw new Error(`${name}: another server answers at its address`);
    this.#spawn();
    try {
      await eventually(
        `${name} is ready`,
        async () => {
          if (!this.isRunning) throw new Error(`${name} ended while starting`);
          return await isReady();
        },
        startDeadlineMs,
      );
    } catch (cause) {
      await this.kill();
      throw new Error(`${(cause as Error).message}; the end of its log:\n${this.logTail()}`, {
        cause,
      });
    }
  }

  /** Asks it to end (SIGTERM) and resolves when it has. */
  async stop(): Promise<void> {
    if (!this.isRunning) return;
    this.resume();
    // To the server alone: helpers in its group are its own to stop.
    this.#child?.kill('SIGTERM');
    await this.#ended('stops');
  }

  /** Ends it at once (SIGKILL) and resolves when it has. */
  async kill(): Promise<void> {
    if (!this.isRunning) return;
    this.#signal('SIGKILL');
    await this.#ended('dies');
  }

  /** Freezes it: its connections stay open and nothing is answered. */
  pause(): void {
    this.#signal('SIGSTOP');
  }

  /** Continues it after `pause()`. */
  resume(): void {
    this.#signal('SIGCONT');
  }

  /** The end of what it printed. */
  logTail(): string {
    try {
      return readFileSync(this.#file('log'), 'utf8').slice(-logTailChars);
    } catch {
      return '(none)';
    }
  }

  #spawn(): void {
    const { name, command, args, env, folder } = this.#command;
    const log = openSync(this.#file('log'), 'a');
    const child = spawn(command, args, {
      cwd: folder,
      env,
      detached: true,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    this.#child = child;
    if (child.pid === undefined) {
      child.once('error', () => undefined);
      throw new Error(`${name}: ${command} cannot be run`);
    }
    writeFileSync(this.#file('pid'), `${child.pid}`);
    child.once('exit', () => rmSync(this.#file('pid'), { force: true }));
  }

  #signal(signal: NodeJS.Signals): void {
    const pid = this.pid;
    if (pid === undefined) throw new Error(`${this.#command.name} does not run: no ${signal}`);
    process.kill(-pid, signal);
  }

  async #ended(verb: string): Promise<void> {
    const child = this.#child;
    if (child === undefined || !this.isRunning) return;
    try {
      await once(child, 'exit', { signal: AbortSignal.timeout(stopDeadlineMs) });
    } catch {
      if (!this.isRunning) return;
      this.#signal('SIGKILL');
      throw new Error(
        `${this.#command.name}: not within ${stopDeadlineMs} ms: ${verb}; the end of its log:\n` +
          this.logTail(),
      );
    }
  }

  #file(extension: string): string {
    return join(this.#command.folder, `${this.#command.name}.${extension}`);
  }
}
