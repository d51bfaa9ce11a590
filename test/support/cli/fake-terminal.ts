/** A terminal that keeps what was written, for running commands in place. */
import type { ExitCode, Terminal } from '../../../cli/command.ts';

export interface FakeTerminal extends Terminal {
  readonly output: string[];
  readonly errors: string[];
  readonly aborts: ExitCode[];
  signal(name: string): void;
}

export function fakeTerminal(typed: readonly string[] = []): FakeTerminal {
  const output: string[] = [];
  const errors: string[] = [];
  const aborts: ExitCode[] = [];
  const listeners = new Set<(signal: string) => void>();
  return {
    commandName: 'ringway',
    output,
    errors,
    aborts,
    out: (line) => void output.push(line),
    err: (line) => void errors.push(line),
    isErrTty: false,
    columns: undefined,
    hasColors: false,
    progress: () => undefined,
    bytes: (async function* () {
      yield* typed.map((line) => Buffer.from(`${line}\n`));
    })(),
    lines: (async function* () {
      yield* typed;
    })(),
    closeLines: () => undefined,
    onSignal(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    abort: (code) => void aborts.push(code),
    signal(name) {
      for (const listener of listeners) listener(name);
    },
  };
}
