/** `ringway publish`: sends one event through a gateway, as a backend would by HTTP. */
import { systemRandom } from '../base/index.ts';
import { adminOptions, askAdmin } from './admin-client.ts';
import { type Command, command, exitCodes } from './command.ts';
import { optionalText, text } from './option-kinds.ts';

const options = {
  ...adminOptions,
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
};

export const publishCommand: Command = command({
  name: 'publish',
  summary: 'Publish an event to a user or any other key',
  details: [
    '  ringway publish --user alice --type note --data \'{"hello":1}\'',
    'Prints the id when the event is stored: from then on it will be delivered.',
  ],
  words: [],
  options,
  async run({ values }, terminal) {
    const key = keyOf(values);
    const data = dataOf(values.data);
    const problems = [key, data].flatMap((part) => ('problem' in part ? [part.problem] : []));
    if ('problem' in key || 'problem' in data) {
      for (const problem of problems) terminal.err(`ringway publish: ${problem}`);
      return exitCodes.misused;
    }
    const id = values.id ?? systemRandom.hex(12);
    await askAdmin(values, {
      method: 'POST',
      path: '/v1/events',
      body: {
        contentType: 'application/cloudevents+json',
        value: {
          specversion: '1.0',
          id,
          source: values.source,
          type: values.type,
          partitionkey: key.value,
          datacontenttype: 'application/json',
          data: data.value,
        },
      },
    });
    terminal.out(id);
    return exitCodes.done;
  },
});

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
