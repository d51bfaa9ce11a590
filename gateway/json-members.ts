/**
 * The top-level members of a JSON object and where their values stand in the text, so that a
 * value can be passed on as the bytes the client wrote. `JSON.parse` judges the grammar (it is
 * iterative: depth costs no stack); this scan only finds places in text that is known valid.
 */

/** The bytes [from, to) of a member's value. */
export interface JsonMember {
  readonly from: number;
  readonly to: number;
}

const quote = 0x22;
const backslash = 0x5c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const comma = 0x2c;

/**
 * Members by name, or undefined when the text is not a JSON object or names a member twice.
 * A Map, so that `__proto__` is a name like any other.
 */
export function jsonMembers(text: Buffer): ReadonlyMap<string, JsonMember> | undefined {
  if (!isJson(text)) return undefined;
  let at = skipSpace(text, 0);
  if (text[at] !== openBrace) return undefined;
  const members = new Map<string, JsonMember>();
  at = skipSpace(text, at + 1);
  while (text[at] === quote) {
    const nameEnd = stringEnd(text, at);
    const name = JSON.parse(text.toString('utf8', at, nameEnd)) as string;
    // The next byte that is not white space is the colon: the text is known to be valid.
    const from = skipSpace(text, skipSpace(text, nameEnd) + 1);
    const to = valueEnd(text, from);
    if (members.has(name)) return undefined;
    members.set(name, { from, to });
    at = skipSpace(text, to);
    if (text[at] === comma) at = skipSpace(text, at + 1);
  }
  return members;
}

function isJson(text: Buffer): boolean {
  try {
    JSON.parse(text.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}

function skipSpace(text: Buffer, from: number): number {
  let at = from;
  while (at < text.length && isSpace(text[at])) at += 1;
  return at;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** The place after the string that begins at `from`. */
function stringEnd(text: Buffer, from: number): number {
  let at = from + 1;
  while (at < text.length && text[at] !== quote) at += text[at] === backslash ? 2 : 1;
  return at + 1;
}

/** The place after the value that begins at `from`. */
function valueEnd(text: Buffer, from: number): number {
  let depth = 0;
  let at = from;
  while (at < text.length) {
    const byte = text[at];
    if (byte === quote) {
      at = stringEnd(text, at);
      if (depth === 0) return at;
      continue;
    }
    const isClosing = byte === closeBrace || byte === closeBracket;
    if (depth === 0 && (isClosing || byte === comma || isSpace(byte))) return at;
    if (byte === openBrace || byte === openBracket) depth += 1;
    if (isClosing) {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
    at += 1;
  }
  return at;
}
