/**
 * What a command is, and what it may use of the process. Commands write to `Terminal`, read
 * their options from one parsed object and return an exit code: they never touch the process,
 * so tests run them in place.
 */
import type { Options, Parsed, Values } from './options.ts';

/** Exit codes, as `ringway help` prints them. */
export const exitCodes = {
  done: 0,
  /** A bug in Ringway, or an error nobody foresaw. Of `health`: not ready; of `simulate`: not OK. */
  failed: 1,
  /** The command line, a variable or a file it names is wrong; nothing was started. */
  misused: 2,
  /** An address does not answer, is already taken or cannot be opened. */
  unreachable: 3,
  /** Refused: by the cluster (unknown worker, wrong token), or by ZooKeeper or RabbitMQ. */
  refused: 4,
  /** A worker has made way for a later process of the same id: do not start it again. */
  superseded: 5,
  /** ZooKeeper's data are others than this worker's: start it again, it begins anew. */
  outdated: 6,
  /** A second signal cut an orderly stop short. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export interface Terminal {
  /** How this command was called, for lines to paste: `ringway`, `node dist/cli/main.js`. */
  readonly commandName: string;
  /** One line of result. */
  out(line: string): void;
  /** One line for the human: progress, warnings, errors. */
  err(line: string): void;
  /** Whether a human reads what `err` writes, and not a file or a log collector. */
  readonly isErrTty: boolean;
  /** Width of the terminal; undefined when the output goes elsewhere. */
  readonly columns: number | undefined;
  /** Whether to colour: a terminal, and nobody who set NO_COLOR. */
  readonly hasColors: boolean;
  /** One line that each call replaces and '' takes away; nothing where no human looks on. */
  progress(line: string): void;
  /** Lines typed or piped in. */
  readonly lines: AsyncIterable<string>;
  /** The same as bytes; one of the two may be read. */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** No more lines are wanted: `lines` ends, and input keeps the process alive no longer. */
  closeLines(): void;
  /** Calls back on SIGINT and SIGTERM, the first and all later ones; returns the way to stop. */
  onSignal(listener: (signal: string) => void): () => void;
  /** Ends the process at once. */
  abort(code: ExitCode): void;
}

export interface Command<O extends Options = Options> {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** A few sentences and examples for `ringway <command> --help`. */
  readonly details: readonly string[];
  /** Names of required arguments. */
  readonly words: readonly string[];
  /** Arguments that may be left out: `plan` of `simulate plan`. */
  readonly optionalWords?: readonly string[];
  readonly options: O;
  /** Joins arguments that belong together before they are read. */
  arranged?(args: readonly string[]): readonly string[];
  /** What is wrong between the values, if anything. */
  check?(values: Values<O>): readonly string[];
  run(parsed: Parsed<O>, terminal: Terminal): Promise<ExitCode>;
}

/** Keeps the options' types inside `run` while commands of all kinds fit one list. */
export function command<O extends Options>(definition: Command<O>): Command {
  return definition as unknown as Command;
}
