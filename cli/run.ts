/** Finds the command, reads its options, runs it, and turns whatever goes wrong into one message. */
import { ConfigError, messageOf, RingwayError } from '../base/index.ts';
import { type Command, type ExitCode, exitCodes, type Terminal } from './command.ts';
import { helpOf, helpOfAll } from './help.ts';
import { parseOptions, variableOf } from './options.ts';
import { packageVersion } from './package-root.ts';
import { nearest, suggestion } from './suggest.ts';

export interface Invocation {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly terminal: Terminal;
  readonly commands: readonly Command[];
}

export async function run(invocation: Invocation): Promise<ExitCode> {
  const { args, terminal, commands } = invocation;
  const [name = 'help', ...rest] = args;
  if (name === '--version' || name === '-v') {
    terminal.out(packageVersion());
    return exitCodes.done;
  }
  if (name === 'help' || name === '--help' || name === '-h') {
    return showHelp(rest[0], commands, terminal);
  }
  const command = commands.find((candidate) => candidate.name === name);
  if (command === undefined) return unknownCommand(name, commands, terminal);
  if (rest.includes('--help-all')) return showHelp(name, commands, terminal, true);
  if (rest.includes('--help') || rest.includes('-h')) {
    return showHelp(name, commands, terminal);
  }
  try {
    warnOfUnknownVariables(invocation);
    const arranged = command.arranged?.(rest) ?? rest;
    const parsed = parseOptions({ ...command, args: arranged, env: invocation.env });
    return await command.run(parsed, terminal);
  } catch (error) {
    return explain(error, name, terminal);
  }
}

function showHelp(
  name: string | undefined,
  commands: readonly Command[],
  terminal: Terminal,
  isAll = false,
): ExitCode {
  const command = commands.find((candidate) => candidate.name === name);
  if (name !== undefined && command === undefined) return unknownCommand(name, commands, terminal);
  const lines =
    command === undefined ? helpOfAll(commands, packageVersion()) : helpOf(command, isAll);
  for (const line of lines) terminal.out(line);
  return exitCodes.done;
}

function unknownCommand(name: string, commands: readonly Command[], terminal: Terminal): ExitCode {
  const names = [...commands.map((c) => c.name), 'help'];
  terminal.err(`${JSON.stringify(name)} is not a command.${suggestion(name, names, 'ringway ')}`);
  terminal.err(`Commands: ${names.join(', ')}`);
  return exitCodes.misused;
}

/** A misspelt variable would silently be a default. Others' RINGWAY_… variables may well exist
 * (container platforms make them from service names), so this only warns, and only when near. */
function warnOfUnknownVariables({ env, terminal, commands }: Invocation): void {
  const options = commands.flatMap((c) => Object.entries(c.options));
  const read = options.filter(([, { isFlagOnly }]) => isFlagOnly !== true);
  const known = [...new Set(read.map(([name]) => variableOf(name)))];
  for (const name of Object.keys(env)) {
    if (!name.startsWith('RINGWAY_') || known.includes(name)) continue;
    const near = nearest(name, known);
    if (near !== undefined) terminal.err(`warning: ${name} is not an option; ${near} is`);
  }
}

function explain(error: unknown, commandName: string, terminal: Terminal): ExitCode {
  if (error instanceof ConfigError) {
    for (const problem of error.problems) terminal.err(`ringway ${commandName}: ${problem}`);
    terminal.err(`\`ringway ${commandName} --help\` lists the options.`);
    return exitCodes.misused;
  }
  if (error instanceof RingwayError) {
    const what = [error.message, advice[error.code]].filter((part) => part !== undefined);
    terminal.err(`ringway ${commandName}: ${what.join('; ')} [${error.code}]`);
    return exitCodeOf(error.code);
  }
  const stack = error instanceof Error ? error.stack : undefined;
  terminal.err(`ringway ${commandName}: unforeseen error: ${stack ?? messageOf(error)}`);
  return exitCodes.failed;
}

const exitCodesByError: Readonly<Record<string, ExitCode>> = {
  'cli.unreachable': exitCodes.unreachable,
  'gateway.address_in_use': exitCodes.unreachable,
  'gateway.listen_failed': exitCodes.unreachable,
  'worker.address_in_use': exitCodes.unreachable,
  'worker.listen_failed': exitCodes.unreachable,
  'link.listen_failed': exitCodes.unreachable,
  'gateway.superseded': exitCodes.superseded,
  'gateway.id_taken': exitCodes.misused,
  'worker.id_taken': exitCodes.misused,
  'worker.superseded': exitCodes.superseded,
  'worker.data_replaced': exitCodes.outdated,
};

/** What to do, where the message cannot say it: it comes from a part that knows no options. */
const advice: Readonly<Record<string, string>> = {
  'gateway.id_taken': 'give this gateway an --id of its own (RINGWAY_ID)',
  'worker.id_taken': 'give this worker an --id of its own (RINGWAY_ID)',
  'gateway.superseded': 'give each gateway an --id of its own (RINGWAY_ID)',
  'worker.superseded': 'give each worker an --id of its own (RINGWAY_ID)',
  'worker.data_replaced': 'start it again',
  'worker.address_in_use': 'choose another --admin-port (RINGWAY_ADMIN_PORT)',
  'worker.listen_failed': 'see --admin-host (RINGWAY_ADMIN_HOST)',
  'link.listen_failed': 'see --listen (RINGWAY_LISTEN)',
};

/** Errors about what was given: the command line, a variable, a file. */
const misuses = ['config.', 'application.', 'ring.', 'simulate.'];

function exitCodeOf(code: string): ExitCode {
  if (misuses.some((prefix) => code.startsWith(prefix))) return exitCodes.misused;
  return exitCodesByError[code] ?? exitCodes.refused;
}
