/** Frames to messages; every byte is suspect. */
import { LinkError } from './errors.ts';
import { type Frame, optionalFlag } from './frame.ts';
import type { LinkMessage } from './messages.ts';
import { Reader } from './reader.ts';
import { messageRows, type Role } from './schema.ts';
import { TagTable } from './structs.ts';

const table = new TagTable<LinkMessage, 'type'>('type', messageRows);

/**
 * The message in a frame; undefined when the type is unknown and the frame says that it may be
 * skipped. `Bytes` in it are copies and keep no socket buffer alive.
 *
 * @throws LinkError `link.unknown_type`, `link.malformed`
 */
export function decodeMessage(frame: Frame): LinkMessage | undefined {
  const entry = table.byCode(frame.type);
  if (entry === undefined) {
    if ((frame.flags & optionalFlag) !== 0) return undefined;
    throw new LinkError('link.unknown_type', `frame type 0x${frame.type.toString(16)}`);
  }
  const from = new Reader(frame);
  try {
    const message = entry.row.read(from) as LinkMessage;
    from.end();
    return message;
  } catch (error) {
    if (!(error instanceof LinkError)) throw error;
    throw new LinkError(error.code, `${entry.tag}: ${error.message}`);
  }
}

/** What a process of role `from` may say to one of role `to`. */
export function typesAllowed(from: Role, to: Role): ReadonlySet<LinkMessage['type']> {
  const types = Object.keys(messageRows) as LinkMessage['type'][];
  return new Set(types.filter((type) => ['any', `${from}→${to}`].includes(messageRows[type].flow)));
}
