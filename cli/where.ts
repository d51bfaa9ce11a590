/** `ringway where <key>`: the key's slot, where it should be and where it is. */
import { memberIdOf } from '../base/index.ts';
import { hashKey, slotOf } from '../ring/index.ts';
import { adminOptions, askAdmin } from './admin-client.ts';
import { type Command, command, exitCodes } from './command.ts';
import { toggle } from './option-kinds.ts';

const options = { ...adminOptions, json: toggle('Print the answer as one line of JSON') };

interface WhereAnswer {
  readonly slot: number;
  readonly owner: string;
  readonly term: number;
  readonly epoch: number;
  readonly copies: readonly string[];
  readonly target?: string;
}

export const whereCommand: Command = command({
  name: 'where',
  summary: 'Show the slot, target, owner and replica of a key',
  details: ['  ringway where user:alice', '  ringway where room:42'],
  words: ['key'],
  options,
  async run({ values, words }, terminal) {
    const [key = ''] = words;
    const path = `/v1/where?key=${encodeURIComponent(key)}`;
    const answer = (await askAdmin(values, { method: 'GET', path })) as WhereAnswer;
    if (values.json) terminal.out(JSON.stringify(answer));
    else for (const line of whereLines(key, answer)) terminal.out(line);
    const hint = whereHint(key);
    if (hint !== undefined) terminal.err(hint);
    return exitCodes.done;
  },
});

/** Any text is a key, so that a mere name has an answer, too: most likely not the one asked for. */
export function whereHint(key: string): string | undefined {
  return key.includes(':') ? undefined : `a user's key is user:<name>; did you mean user:${key}?`;
}

export function whereLines(key: string, answer: WhereAnswer): readonly string[] {
  const { slot, owner, term, epoch, copies, target } = answer;
  const others = copies.filter((copy) => copy !== owner).map(memberIdOf);
  // Nothing to copy: most slots of a young cluster are like this, and it must not look like a loss.
  const noReplica = epoch === 0 ? 'none yet: nobody has used the slot' : 'none';
  const ownerId = owner === '' ? undefined : memberIdOf(owner);
  const isMoving = ownerId !== undefined && target !== undefined && ownerId !== target;
  return [
    `${key}`,
    `  hash    0x${hashKey(key).toString(16).padStart(8, '0')} (CRC-32 of its UTF-8 bytes)`,
    `  slot    ${slot}${slot === slotOf(key) ? '' : ` (here it would be ${slotOf(key)})`}`,
    `  target  ${target ?? 'nobody: no worker wants slots'}`,
    `  owner   ${ownerId ?? 'nobody yet'}${isMoving ? `, on its way to ${target}` : ''}`,
    `  replica ${others.length > 0 ? others.join(', ') : noReplica}`,
    `  term    ${term}, epoch ${epoch}`,
  ];
}
