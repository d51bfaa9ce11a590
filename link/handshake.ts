/**
 * What is said before a link exists, and its proofs. Dialler and acceptor name themselves with a
 * fresh nonce each (HELLO, CHALLENGE); then each proves that it knows the secret by a MAC over
 * both, the dialler first, so that the listening side says nothing of value to a stranger.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { BootId } from '../base/index.ts';
import { writeFrame } from './encode.ts';
import { LinkError } from './errors.ts';
import { choice, type Field, fixed, optional, str } from './fields.ts';
import { type Frame, protocolVersion } from './frame.ts';
import type { Bytes } from './messages.ts';
import { Reader } from './reader.ts';
import type { Role } from './schema.ts';
import { type Rows, TagTable } from './structs.ts';
import { Writer } from './writer.ts';

export const nonceBytes = 32;
const macBytes = 32;

/** Who a process is to its peers. */
export interface LinkIdentity {
  readonly boot: BootId;
  readonly role: Role;
  readonly cluster: string;
}

/** Why an acceptor says no. The last four are said only to a peer that proved the secret. */
export type Refusal = 'version' | 'auth' | 'foreign_cluster' | 'wrong_boot' | 'duplicate';

/** The beginning of what both ends say of themselves; fixed in all versions. */
interface Opening {
  readonly magic: 'RGWY';
  readonly version: number;
  readonly nonce: Bytes;
  readonly role: Role;
  readonly boot: BootId;
  readonly cluster: string;
}

export interface Hello extends Opening {
  readonly type: 'HELLO';
  /** The boot that the dialler means to reach. */
  readonly to: BootId;
}

export interface Challenge extends Opening {
  readonly type: 'CHALLENGE';
}

export type HandshakeMessage =
  | Hello
  | Challenge
  | { readonly type: 'PROOF'; readonly mac: Bytes }
  | { readonly type: 'WELCOME'; readonly mac: Bytes }
  | {
      readonly type: 'REFUSED';
      readonly refusal: Refusal;
      readonly detail: string;
      /** Present when the dialler had proved itself. */
      readonly mac: Bytes | undefined;
    };

const magic: Field<'RGWY'> = {
  shape: { kind: 'constant', value: 0x52475759, bytes: 4 },
  bytesMin: 4,
  write: (to) => to.u32(0x52475759),
  read: (from) => {
    if (from.u32() !== 0x52475759) throw new LinkError('link.malformed', 'not a Ringway peer');
    return 'RGWY';
  },
};

/** Read before the fields behind it, which another version may have laid out differently. */
const version: Field<number> = {
  shape: { kind: 'u16' },
  bytesMin: 2,
  write: (to, value) => to.u16(value),
  read: (from) => {
    const offered = from.u16();
    if (offered !== protocolVersion) {
      throw new LinkError(
        'link.version_unsupported',
        `peer speaks version ${offered}, this process ${protocolVersion}`,
      );
    }
    return offered;
  },
};

const opening = {
  magic,
  version,
  nonce: fixed(nonceBytes),
  role: choice<Role>(['worker', 'gateway']),
  boot: str,
  cluster: str,
};

export const handshakeRows: Rows<HandshakeMessage, 'type'> = {
  HELLO: { code: 0x01, fields: { ...opening, to: str } },
  CHALLENGE: { code: 0x02, fields: opening },
  PROOF: { code: 0x03, fields: { mac: fixed(macBytes) } },
  WELCOME: { code: 0x04, fields: { mac: fixed(macBytes) } },
  REFUSED: {
    code: 0x05,
    fields: {
      refusal: choice<Refusal>(['version', 'auth', 'foreign_cluster', 'wrong_boot', 'duplicate']),
      detail: str,
      mac: optional(fixed(macBytes)),
    },
  },
};

const table = new TagTable<HandshakeMessage, 'type'>('type', handshakeRows);

export function encodedHandshake(message: HandshakeMessage, frameBytesMax: number): Buffer {
  const to = new Writer();
  const entry = table.byTag(message.type);
  writeFrame(to, { name: entry.tag, code: entry.code, frameBytesMax }, () =>
    entry.row.write(to, message),
  );
  return to.take();
}

/** @throws LinkError `link.unexpected_type`, `link.version_unsupported`, `link.malformed` */
export function decodeHandshake(frame: Frame): HandshakeMessage {
  const entry = table.byCode(frame.type);
  if (entry === undefined) {
    throw new LinkError('link.unexpected_type', `frame type ${frame.type} before authentication`);
  }
  const from = new Reader(frame);
  const message = entry.row.read(from) as HandshakeMessage;
  from.end();
  return message;
}

export interface Transcript {
  readonly hello: Hello;
  readonly challenge: Challenge;
}

export type Claim = 'dialler' | 'acceptor' | `refused ${Refusal}`;

/**
 * HMAC-SHA256 under the secret of `ringway/1 <claim>`, a zero byte, and the bodies of HELLO and
 * CHALLENGE. The claim keeps one end's proof from being played back as the other's.
 */
export function macOf(secret: string, claim: Claim, { hello, challenge }: Transcript): Buffer {
  const to = new Writer();
  table.byTag('HELLO').row.write(to, hello);
  table.byTag('CHALLENGE').row.write(to, challenge);
  return createHmac('sha256', secret).update(`ringway/1 ${claim}\0`).update(to.take()).digest();
}

/** Compares in constant time. */
export function isMac(mac: Bytes, secret: string, claim: Claim, transcript: Transcript): boolean {
  const right = macOf(secret, claim, transcript);
  return mac.length === right.length && timingSafeEqual(mac, right);
}
