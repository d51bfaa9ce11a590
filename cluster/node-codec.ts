/**
 * Content of an ephemeral node as bytes: a line with its signature, then JSON. The signature
 * covers folder and content, so a node that somebody without the secret made, or copied from
 * another folder, is known for what it is.
 *
 *   <HMAC-SHA256, hex> LF <JSON object: id, boot?, address?, build?, nonce?, weight?>
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { assert } from '../base/index.ts';
import type { Folder, Node, NodeContent } from './coordinator.ts';
import { bootOfName } from './node-name.ts';

/** Far more than an id, an address, a build and a nonce need. */
const nodeBytesMax = 4096;
const textLengthMax = 512;
const signatureLength = 64;

export interface NodeCodec {
  encode(folder: Folder, content: NodeContent): Buffer;
  /** Or why the node does not count. */
  decode(folder: Folder, name: string, bytes: Buffer): Node | { readonly problem: string };
}

export function createNodeCodec(key: Buffer): NodeCodec {
  const sign = (folder: Folder, json: string): string =>
    createHmac('sha256', key).update(`${folder}\n${json}`).digest('hex');
  return {
    encode(folder, content) {
      const json = JSON.stringify(content);
      const bytes = Buffer.from(`${sign(folder, json)}\n${json}`);
      assert(bytes.length <= nodeBytesMax, `content of ${content.id} has ${bytes.length} bytes`);
      return bytes;
    },
    decode(folder, name, bytes) {
      if (bytes.length > nodeBytesMax) return { problem: `${bytes.length} bytes` };
      const text = bytes.toString();
      const json = text.slice(signatureLength + 1);
      if (!areEqual(text.slice(0, signatureLength + 1), `${sign(folder, json)}\n`)) {
        return { problem: text.startsWith('{') ? 'unsigned' : 'wrongly signed' };
      }
      const content = contentFrom(json);
      if (content === undefined) return { problem: 'unreadable content' };
      if (!isNameOf(name, content.id)) return { problem: `a node of ${content.id}` };
      return Object.freeze({ ...content, name, boot: content.boot ?? bootOfName(name) });
    },
  };
}

function areEqual(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function isNameOf(name: string, id: string): boolean {
  return name.startsWith(`${id}-`) && /^\d{10}$/.test(name.slice(id.length + 1));
}

/** Signed, but maybe by another version: checked like anything from outside. */
function contentFrom(json: string): NodeContent | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const given: Readonly<Record<string, unknown>> = Object.fromEntries(Object.entries(value));
  const names = Object.keys(fieldChecks).filter((name) => Object.hasOwn(given, name));
  const isRight = names.every((name) => fieldChecks[name]?.(given[name]));
  if (!isRight || given.id === undefined) return undefined;
  // Fields that a later version may add are left out.
  return Object.fromEntries(names.map((name) => [name, given[name]])) as unknown as NodeContent;
}

const isText = (field: unknown): boolean =>
  typeof field === 'string' && field.length <= textLengthMax;

const fieldChecks: Readonly<Record<string, (field: unknown) => boolean>> = {
  id: (field) => typeof field === 'string' && /^[a-z0-9][a-z0-9-]{0,62}$/.test(field),
  boot: (field) => typeof field === 'string' && /^[a-z0-9][a-z0-9-]{0,62}@\d{1,10}$/.test(field),
  address: isText,
  build: isText,
  nonce: isText,
  weight: (field) => typeof field === 'number' && field > 0 && Number.isFinite(field),
};
