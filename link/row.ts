/**
 * The fields of one record, one after the other. `interpretedRow` is the plain loop; because the
 * link decodes every message of the cluster, `compiledRow` writes the same loop out as straight
 * code, once at start, from the names in our own schema (never from anything received): decoding
 * then costs about half. Where the runtime forbids code from strings the loop does the work; the
 * tests hold the two against each other.
 */
import { assert } from '../base/index.ts';
import type { Field, NamedShape } from './fields.ts';
import type { Reader } from './reader.ts';
import type { Writer } from './writer.ts';

/** The property that tells members of a union apart; it is not among the fields. */
export interface Tag {
  readonly name: string;
  readonly value: string;
}

export interface RowCodec {
  readonly write: (to: Writer, record: object) => void;
  readonly read: (from: Reader) => object;
}

type AnyField = Field<unknown>;

export class Row implements RowCodec {
  readonly shapes: readonly NamedShape[];
  readonly bytesMin: number;
  readonly write: RowCodec['write'];
  readonly read: RowCodec['read'];

  constructor(fieldsByName: object, tag: Tag | undefined) {
    const fields = Object.entries(fieldsByName) as [string, AnyField][];
    this.shapes = fields.map(([name, field]) => ({ name, shape: field.shape }));
    this.bytesMin = fields.reduce((sum, [, field]) => sum + field.bytesMin, 0);
    const codec = compiledRow(fields, tag) ?? interpretedRow(fields, tag);
    this.write = codec.write;
    this.read = codec.read;
  }
}

export function interpretedRow(
  fields: readonly (readonly [string, AnyField])[],
  tag: Tag | undefined,
): RowCodec {
  return {
    write: (to, record) => {
      const values = record as Readonly<Record<string, unknown>>;
      for (const [name, field] of fields) field.write(to, values[name]);
    },
    read: (from) => {
      const record: Record<string, unknown> = tag === undefined ? {} : { [tag.name]: tag.value };
      for (const [name, field] of fields) record[name] = field.read(from);
      return record;
    },
  };
}

/** undefined where the runtime was started with `--disallow-code-generation-from-strings`. */
export function compiledRow(
  fields: readonly (readonly [string, AnyField])[],
  tag: Tag | undefined,
): RowCodec | undefined {
  for (const [name] of fields) assert(/^[a-z][A-Za-z0-9]*$/.test(name), `field name ${name}`);
  const parts = fields.map((_, i) => `w${i} = fields[${i}][1].write, r${i} = fields[${i}][1].read`);
  const writes = fields.map(([name], i) => `w${i}(to, record.${name});`);
  const tagged = tag === undefined ? [] : [`${tag.name}: ${JSON.stringify(tag.value)}`];
  const reads = [...tagged, ...fields.map(([name], i) => `${name}: r${i}(from)`)];
  const source = `
    ${parts.map((part) => `const ${part};`).join(' ')}
    return {
      write: (to, record) => { ${writes.join(' ')} },
      read: (from) => ({ ${reads.join(', ')} }),
    };`;
  try {
    return new Function('fields', source)(fields) as RowCodec;
  } catch (error) {
    if (error instanceof EvalError) return undefined;
    throw error;
  }
}
