/**
 * `ringway.v1`: JSON text frames. One object per frame, or an array of objects that are one
 * record, so that a record is never half received. The normative text is docs/client-protocol.md.
 *
 * JSON data is spliced into the frame as the bytes it came in and never parsed here: the
 * publisher's numbers, key order and escapes reach the client unchanged.
 */
import { isUtf8 } from 'node:buffer';
import type { Offset } from '../base/index.ts';
import type { Push } from '../link/index.ts';
import type { ClientProtocol, Expected, Heard, ReplyPart, Welcome } from './client-protocol.ts';
import { type CloseCode, closeCodes } from './close-codes.ts';
import { type JsonMember, jsonMembers } from './json-members.ts';
import { opcodes, socketFrame } from './socket-frame.ts';

export const v1Protocol: ClientProtocol = {
  subprotocol: 'ringway.v1',
  lossClose: undefined,
  welcome: (welcome) => textFrame(JSON.stringify(welcomeObject(welcome))),
  record,
  volatile: (type, part) => frameOf([type === '' ? replyOf(undefined, part) : pushOf(type, part)]),
  accepted: (n, failure) =>
    textFrame(
      JSON.stringify({ op: 'accepted', id: n, ...(failure === '' ? {} : { error: failure }) }),
    ),
  goaway: (retryAfterMs) => textFrame(JSON.stringify({ op: 'goaway', retryAfterMs })),
  hear,
};

function welcomeObject({ session, key, epoch, offset, recovered, reason }: Welcome): object {
  const because = reason === '' ? {} : { reason };
  return { op: 'welcome', session, key, epoch, offset, recovered, ...because };
}

function record(offset: Offset, pushes: readonly Push[], replies: readonly ReplyPart[]): Buffer {
  return frameOf([
    ...pushes.map((push) => eventOf(offset, push)),
    ...replies.map((reply) => replyOf(offset, reply)),
  ]);
}

/** A part of a record: everything before its data, and the data as it will stand in the frame. */
interface Part {
  readonly head: string;
  readonly data: Uint8Array;
}

function eventOf(offset: Offset, { id, type, format, data }: Push): Part {
  const head = `{"op":"event","offset":${offset},"id":${JSON.stringify(id)}`;
  return partOf(`${head},"type":${JSON.stringify(type)}`, { format, data });
}

function pushOf(type: string, part: ReplyPart): Part {
  return partOf(`{"op":"event","type":${JSON.stringify(type)}`, part);
}

function replyOf(offset: Offset | undefined, part: ReplyPart): Part {
  return partOf(`{"op":"reply"${offset === undefined ? '' : `,"offset":${offset}`}`, part);
}

function partOf(head: string, { format, data }: ReplyPart): Part {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (format === 'binary' || !isUtf8(bytes)) {
    return { head: `${head},"data_base64":"`, data: Buffer.from(`${bytes.toString('base64')}"`) };
  }
  if (format === 'text') {
    return { head: `${head},"data":`, data: Buffer.from(JSON.stringify(bytes.toString('utf8'))) };
  }
  return { head: `${head},"data":`, data: bytes.length === 0 ? Buffer.from('null') : bytes };
}

function frameOf(parts: readonly Part[]): Buffer {
  const isArray = parts.length !== 1;
  const pieces: Uint8Array[] = [];
  parts.forEach(({ head, data }, index) => {
    const opening = isArray ? (index === 0 ? '[' : ',') : '';
    pieces.push(Buffer.from(opening + head), data, Buffer.from('}'));
  });
  if (isArray) pieces.push(Buffer.from(parts.length === 0 ? '[]' : ']'));
  return socketFrame(opcodes.text, Buffer.concat(pieces));
}

function textFrame(text: string): Buffer {
  return socketFrame(opcodes.text, Buffer.from(text));
}

function hear(message: Buffer, isBinary: boolean, expected: Expected): Heard {
  if (isBinary) return refused(closeCodes.binaryRefused);
  const members = jsonMembers(message);
  // Exactly these three fields, once each: what is not understood is not half understood.
  const op = members?.get('op');
  const id = members?.get('id');
  const data = members?.get('data');
  const isComplete = op !== undefined && id !== undefined && data !== undefined;
  if (!isComplete || members?.size !== 3 || textOf(message, op) !== '"message"') {
    return refused(closeCodes.invalidMessage);
  }
  const n = numberOf(textOf(message, id));
  const isNext = n !== undefined && (expected.isExact ? n === expected.n : n >= expected.n);
  if (!isNext) return refused(closeCodes.invalidMessage);
  return { ok: true, n, format: 'json', data: message.subarray(data.from, data.to) };
}

/** A positive integer written as one: not `1.0`, `1e3` or `"1"`, not above 2^53 − 1. */
function numberOf(text: string): number | undefined {
  const n = /^[1-9][0-9]{0,15}$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(n) ? n : undefined;
}

function textOf(message: Buffer, member: JsonMember): string {
  return message.toString('utf8', member.from, member.to);
}

function refused(close: CloseCode): Heard {
  return { ok: false, close };
}
