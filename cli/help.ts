/** The help texts, made from the same descriptions that the parser uses. */
import { type Command, exitCodes } from './command.ts';
import { flagOf, type Option, variableOf } from './options.ts';

export function helpOfAll(commands: readonly Command[], version: string): readonly string[] {
  const width = Math.max(...commands.map((c) => usageOf(c).length));
  return [
    `ringway ${version}: WebSocket gateways and workers on a consistent hash ring`,
    '',
    'Usage: ringway <command> [options]',
    '',
    ...commands.map((c) => `  ${usageOf(c).padEnd(width)}  ${c.summary}`),
    '',
    '`ringway <command> --help` lists the options. Each option is also a variable:',
    '--admin-port is RINGWAY_ADMIN_PORT. A flag wins over its variable. (Not those of simulate.)',
    '',
    'Exit codes:',
    ...exitCodeLines(),
  ];
}

/** `isAll` adds the options for tuning, section by section. */
export function helpOf(command: Command, isAll = false): readonly string[] {
  const all = Object.entries(command.options);
  const options = all.filter(([, { section }]) => section === undefined);
  const tuning = all.filter(([, { section }]) => section !== undefined);
  return [
    `ringway ${usageOf(command)} ${options.length > 0 ? '[options]' : ''}`.trimEnd(),
    '',
    command.summary,
    ...(command.details.length > 0 ? ['', ...command.details] : []),
    ...groupLines(options),
    ...(isAll ? tuningLines(tuning) : pointerLines(command, tuning.length)),
  ];
}

type Named = readonly (readonly [string, Option<unknown>])[];

function groupLines(options: Named): readonly string[] {
  const groups = new Set(options.map(([, { group }]) => group));
  return [...groups].flatMap((group) => [
    '',
    `${group ?? 'Options'}:`,
    ...options
      .filter(([, option]) => option.group === group)
      .flatMap(([name, option]) => optionLines(name, option)),
  ]);
}

function pointerLines({ name }: Command, count: number): readonly string[] {
  if (count === 0) return [];
  return ['', `\`ringway ${name} --help-all\` lists ${count} more, for tuning.`];
}

function tuningLines(tuning: Named): readonly string[] {
  const sections = new Set(tuning.map(([, { section }]) => section));
  return [...sections].flatMap((heading) => [
    '',
    `${heading}:`,
    ...tuning
      .filter(([, { section }]) => section === heading)
      .flatMap(([name, option]) => optionLines(name, option)),
  ]);
}

function usageOf({ name, words, optionalWords = [] }: Command): string {
  return [
    name,
    ...words.map((word) => `<${word}>`),
    ...optionalWords.map((word) => `[${word}]`),
  ].join(' ');
}

function optionLines(name: string, option: Option<unknown>): readonly string[] {
  const fallback = option.fallbackText === '' ? '' : ` (default: ${option.fallbackText})`;
  return [`  ${spellings(name, option).join(', ')}`, `      ${option.about}${fallback}`];
}

function spellings(name: string, option: Option<unknown>): readonly string[] {
  if (option.isVariableOnly === true) return [variableOf(name)];
  const letter = option.letter === undefined ? [] : [`-${option.letter}`];
  const flag = `${flagOf(name)} ${option.placeholder}`.trimEnd();
  return [...letter, flag, ...(option.isFlagOnly === true ? [] : [variableOf(name)])];
}

function exitCodeLines(): readonly string[] {
  const meanings: Record<keyof typeof exitCodes, string> = {
    done: 'done',
    failed: 'an unforeseen error; please report it (of `health`: not ready, of `simulate`: not OK)',
    misused: 'wrong command line, variable or file; nothing was started',
    unreachable: 'an address does not answer, is already in use or cannot be opened',
    refused: 'refused: by the cluster, or by ZooKeeper or RabbitMQ',
    superseded: 'a later process has the same id; do not start this one again',
    outdated: 'ZooKeeper holds other data than this worker has; start it again',
    interrupted: 'a second signal cut an orderly stop short',
  };
  return Object.entries(exitCodes).map(
    ([name, code]) => `  ${String(code).padStart(3)}  ${meanings[name as keyof typeof exitCodes]}`,
  );
}
