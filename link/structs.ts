/**
 * Records and tagged unions out of fields. The tables are checked by the compiler against the
 * types of `messages.ts`: a property without a field, or with one of another type, is an error.
 */
import { LinkError } from './errors.ts';
import { type Field, type FieldsOf, type NamedShape, unencodable } from './fields.ts';
import { Row } from './row.ts';

/** The member of union `U` whose property `D` is `K`, without that property. */
export type BodyOf<U, D extends keyof U, K> = Omit<Extract<U, { readonly [P in D]: K }>, D>;

/** For each tag of union `U`: its number on the wire and its fields. */
export type Rows<U extends { readonly [P in D]: string }, D extends keyof U & string> = {
  readonly [K in U[D]]: { readonly code: number; readonly fields: FieldsOf<BodyOf<U, D, K>> };
};

/** The fields one after the other, nothing between. */
export function struct<T extends object>(name: string, fields: FieldsOf<T>): Field<T> {
  const row = new Row(fields, undefined);
  return {
    shape: { kind: 'struct', name, fields: row.shapes },
    bytesMin: row.bytesMin,
    write: (to, value) => row.write(to, value),
    read: (from) => row.read(from) as T,
  };
}

/** `u8` code of the tag, then the fields of that member. */
export function union<U extends { readonly [P in D]: string }, D extends keyof U & string>(
  name: string,
  on: D,
  rows: Rows<U, D>,
): Field<U> {
  const table = new TagTable(on, rows);
  return {
    shape: { kind: 'union', name, variants: table.variants },
    bytesMin: 1,
    write: (to, value) => {
      const entry = table.byTag(value[on]);
      to.u8(entry.code);
      entry.row.write(to, value);
    },
    read: (from) => {
      const code = from.u8();
      const entry = table.byCode(code);
      if (entry === undefined) {
        throw new LinkError('link.malformed', `${code} is no kind of ${name}`);
      }
      return entry.row.read(from) as U;
    },
  };
}

interface TagEntry {
  readonly tag: string;
  readonly code: number;
  readonly row: Row;
}

/** The members of a tagged union, found by tag or by code. */
export class TagTable<U extends { readonly [P in D]: string }, D extends keyof U & string> {
  readonly #byTag = new Map<string, TagEntry>();
  readonly #byCode: (TagEntry | undefined)[] = new Array<undefined>(256).fill(undefined);

  constructor(on: D, rows: Rows<U, D>) {
    for (const tag of Object.keys(rows) as U[D][]) {
      const { code, fields } = rows[tag];
      const entry = { tag, code, row: new Row(fields, { name: on, value: tag }) };
      this.#byTag.set(tag, entry);
      this.#byCode[code] = entry;
    }
  }

  byTag(tag: string): TagEntry {
    const entry = this.#byTag.get(tag);
    if (entry === undefined) throw unencodable(tag, [...this.#byTag.keys()].join(' | '));
    return entry;
  }

  byCode(code: number): TagEntry | undefined {
    return this.#byCode[code];
  }

  get variants(): { tag: string; code: number; fields: readonly NamedShape[] }[] {
    return [...this.#byTag.values()].map(({ tag, code, row }) => ({
      tag,
      code,
      fields: row.shapes,
    }));
  }
}
