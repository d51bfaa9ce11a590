/** The process as a `Terminal`; made once, by main.ts. */
import { basename, extname, relative } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Clock } from '../base/index.ts';
import type { ExitCode, Terminal } from './command.ts';

interface Streams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

interface Signals {
  on(signal: NodeJS.Signals, listener: (signal: string) => void): unknown;
  off(signal: NodeJS.Signals, listener: (signal: string) => void): unknown;
}

const stopSignals = ['SIGINT', 'SIGTERM'] as const;

/**
 * One Ctrl-C reaches a process under npm twice: from the terminal, and from npm, which passes on what
 * it got itself. What comes within this time of a signal is the same one.
 */
const sameSignalMs = 500;

export interface ProcessParts {
  readonly streams: Streams;
  readonly signals: Signals;
  readonly clock: Clock;
  /** Path of the running script, as it was called. */
  readonly script: string;
  readonly workingFolder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly abort: (code: ExitCode) => void;
}

export function terminalOf({
  streams,
  signals,
  clock,
  script,
  workingFolder,
  env,
  abort,
}: ProcessParts): Terminal {
  // `ringway status | head -1` closes the pipe early, and whoever reads the log may go before us.
  for (const stream of [streams.stdout, streams.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
  // Made when first asked for: a reader would keep a command alive that reads nothing.
  let reader: Interface | undefined;
  return {
    commandName: commandNameOf(script, workingFolder),
    out: (line) => void streams.stdout.write(`${line}\n`),
    err: (line) => void streams.stderr.write(`${line}\n`),
    isErrTty: streams.stderr.isTTY === true,
    columns: streams.stdout.isTTY === true ? streams.stdout.columns : undefined,
    hasColors: streams.stdout.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb',
    progress(line) {
      if (streams.stderr.isTTY === true) streams.stderr.write(`\r\u001b[K${line}`);
    },
    bytes: streams.stdin,
    get lines() {
      reader ??= createInterface({ input: streams.stdin, terminal: false });
      return reader;
    },
    closeLines() {
      reader?.close();
      streams.stdin.destroy();
    },
    onSignal(listener) {
      let heardAtMs = Number.NEGATIVE_INFINITY;
      const hear = (signal: string): void => {
        const nowMs = clock.nowMs();
        if (nowMs - heardAtMs < sameSignalMs) return;
        heardAtMs = nowMs;
        listener(signal);
      };
      for (const signal of stopSignals) signals.on(signal, hear);
      return () => {
        for (const signal of stopSignals) signals.off(signal, hear);
      };
    },
    abort,
  };
}

/** Installed, compiled in this folder, or run from source. */
function commandNameOf(script: string, workingFolder: string): string {
  if (basename(script) === 'ringway') return 'ringway';
  if (extname(script) === '.ts') return 'npm run -s ringway --';
  return `node ${relative(workingFolder, script)}`;
}
