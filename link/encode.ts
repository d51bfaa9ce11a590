/** Messages to bytes: appends whole frames to one growing buffer. */
import { LinkError } from './errors.ts';
import { headBytes, lengthBytes } from './frame.ts';
import type { LinkMessage } from './messages.ts';
import { messageRows } from './schema.ts';
import { TagTable } from './structs.ts';
import { Writer } from './writer.ts';

const table = new TagTable<LinkMessage, 'type'>('type', messageRows);

/**
 * Appends `message` as one frame. After a throw the buffer is as it was before.
 *
 * @throws LinkError `link.frame_too_large` when it takes more than `frameBytesMax` (the cores
 * send large lists in parts so that this does not happen), `link.unencodable` when a value does
 * not fit its field.
 */
export function encodeMessage(to: Writer, message: LinkMessage, frameBytesMax: number): void {
  const entry = table.byTag(message.type);
  writeFrame(to, { name: entry.tag, code: entry.code, frameBytesMax }, () =>
    entry.row.write(to, message),
  );
}

/** One message as a frame of its own. */
export function encodedMessage(message: LinkMessage, frameBytesMax: number): Buffer {
  const to = new Writer();
  encodeMessage(to, message, frameBytesMax);
  return to.take();
}

interface FrameHead {
  readonly name: string;
  readonly code: number;
  readonly frameBytesMax: number;
}

/** Appends length, type and flags around what `writeBody` writes. */
export function writeFrame(to: Writer, head: FrameHead, writeBody: () => void): void {
  const start = to.length;
  to.u32(headBytes);
  to.u8(head.code);
  to.u8(0);
  try {
    writeBody();
  } catch (error) {
    to.cutTo(start);
    if (!(error instanceof LinkError)) throw error;
    throw new LinkError(error.code, `${head.name}: ${error.message}`);
  }
  const length = to.length - start - lengthBytes;
  if (length > head.frameBytesMax) {
    to.cutTo(start);
    throw new LinkError(
      'link.frame_too_large',
      `${head.name} of ${length} bytes exceeds frameBytesMax ${head.frameBytesMax}`,
    );
  }
  to.patch32(start, length);
}
