/**
 * `ringway publish`: one event, or one for each line of the standard input; through a gateway as
 * a backend would by HTTP, or with `--rabbitmq` straight to the broker.
 */
import { type Command, command, exitCodes, type Terminal } from './command.ts';
import { integer, optionalText, text, toggle } from './option-kinds.ts';
import type { Values } from './options.ts';
import { type EventParts, publishLines } from './publish-lines.ts';
import { openWay, wayOptions } from './publish-ways.ts';

const options = {
  ...wayOptions,
  user: optionalText({
    about: 'Who it is for: short for --key user:<name>',
    placeholder: '<name>',
  }),
  key: optionalText({ about: 'The key it is for, such as room:42', placeholder: '<key>' }),
  type: text({ about: 'Type of the event', placeholder: '<type>', fallback: 'note' }),
  data: text({ about: 'Data of the event, as JSON', placeholder: '<json>', fallback: '{}' }),
  id: optionalText({
    about: 'Id of the event; an event whose id the key has seen is dropped',
    placeholder: '<id>',
    fallbackText: 'a random one',
  }),
  source: text({
    about: 'Source of the event (a URI reference)',
    placeholder: '<source>',
    fallback: '/ringway/cli',
  }),
  lines: toggle(
    'Read events from the standard input, one JSON object a line, and keep their order',
  ),
  linesInFlight: integer({
    about: 'Events of --lines that wait for their confirm at a time (through a gateway: one)',
    placeholder: '<n>',
    fallback: 500,
    min: 1,
    max: 10_000,
  }),
};

export const publishCommand: Command = command({
  name: 'publish',
  summary: 'Publish events to a user or any other key',
  details: [
    '  ringway publish --user alice --type note --data \'{"hello":1}\'',
    '  ringway publish --rabbitmq amqp://guest:guest@127.0.0.1 --lines < events.jsonl',
    'Prints the id when the event is stored: from then on it will be delivered.',
    'With --rabbitmq (or RINGWAY_RABBITMQ) the event goes to the broker, which must confirm it;',
    'without, through the admin port of a gateway, as for `ringway up`.',
    'A line of --lines is {"user":"alice","data":{"hello":1}}: user or key, type, data, id and',
    'source; what it leaves out comes from the options. The first failure ends the run.',
  ],
  words: [],
  options,
  run: async ({ values }, terminal) => {
    const isLines = values.lines;
    const event = eventParts(values);
    const problems = isLines ? lineProblems(values) : event.problems;
    if (problems.length > 0) {
      for (const problem of problems) terminal.err(`ringway publish: ${problem}`);
      return exitCodes.misused;
    }
    return isLines ? await runLines(values, terminal) : await runOne(values, event, terminal);
  },
});

async function runOne(
  values: Values<typeof options>,
  { key, data }: ReturnType<typeof eventParts>,
  terminal: Terminal,
): Promise<typeof exitCodes.done> {
  const { type, id, source } = values;
  const way = openWay(values, 1);
  try {
    terminal.out(await way.publish({ key, type, data, id, source }));
    return exitCodes.done;
  } finally {
    await way.close();
  }
}

async function runLines(
  values: Values<typeof options>,
  terminal: Terminal,
): Promise<typeof exitCodes.done> {
  const { user, key, type, source } = values;
  const way = openWay(values, values.linesInFlight);
  try {
    const fallback = { key: user === undefined ? key : `user:${user}`, type, source };
    await publishLines({ lines: terminal.lines, fallback, way, onStored: terminal.out });
    return exitCodes.done;
  } finally {
    terminal.closeLines();
    await way.close();
  }
}

function lineProblems({ user, key, id }: Values<typeof options>): readonly string[] {
  return [
    ...(user !== undefined && key !== undefined ? ['give --user or --key, not both'] : []),
    ...(id === undefined ? [] : ['--id names one event, --lines publishes many']),
  ];
}

function eventParts(values: Values<typeof options>): Pick<EventParts, 'key' | 'data'> & {
  readonly problems: readonly string[];
} {
  const key = keyOf(values);
  const data = dataOf(values.data);
  return {
    key: 'problem' in key ? '' : key.value,
    data: 'problem' in data ? undefined : data.value,
    problems: [key, data].flatMap((part) => ('problem' in part ? [part.problem] : [])),
  };
}

type Part<T> = { readonly value: T } | { readonly problem: string };

function keyOf({ user, key }: { user: string | undefined; key: string | undefined }): Part<string> {
  if (user !== undefined && key !== undefined) return { problem: 'give --user or --key, not both' };
  if (user !== undefined) return { value: `user:${user}` };
  if (key !== undefined) return { value: key };
  return { problem: 'who is it for? Give --user <name> or --key <key>' };
}

function dataOf(json: string): Part<unknown> {
  try {
    return { value: JSON.parse(json) };
  } catch {
    return { problem: `--data is ${JSON.stringify(json)} but must be JSON; a text is '"text"'` };
  }
}
