/**
 * A small and strict reader of JSON Schema (draft 2020-12): the keywords that our schemas use, and
 * an error for any other. It also names properties that a schema does not mention: a published
 * schema stays open for what comes later, a test wants to know what it forgot.
 */

type Schema = Readonly<Record<string, unknown>>;

const annotations = ['$schema', '$id', '$defs', 'title', 'description'];

/** What is wrong with `value`, as `path: what`; at most twenty. */
export function schemaProblems(root: Schema, value: unknown): readonly string[] {
  const problems: string[] = [];
  check({ root, schema: root, path: '$', problems }, value);
  return problems.slice(0, 20);
}

interface At {
  readonly root: Schema;
  readonly schema: Schema;
  readonly path: string;
  readonly problems: string[];
}

function check(at: At, value: unknown): void {
  for (const [keyword, argument] of Object.entries(at.schema)) {
    if (annotations.includes(keyword)) continue;
    const rule = rules[keyword];
    if (rule === undefined) throw new Error(`${at.path}: keyword ${keyword} is not known here`);
    rule(at, argument, value);
  }
}

type Rule = (at: At, argument: unknown, value: unknown) => void;

const rules: Readonly<Record<string, Rule>> = {
  $ref: (at, name, value) => check({ ...at, schema: resolved(at.root, String(name)) }, value),
  type: (at, type, value) => {
    if (!isOf(String(type), value)) wrong(at, `${JSON.stringify(value)} is no ${type}`);
  },
  const: (at, constant, value) => {
    if (value !== constant) wrong(at, `is not ${constant}`);
  },
  enum: (at, choices, value) => {
    if (!(choices as unknown[]).includes(value)) wrong(at, `${value} is not one of ${choices}`);
  },
  pattern: (at, pattern, value) => {
    if (typeof value === 'string' && !new RegExp(String(pattern), 'u').test(value)) {
      wrong(at, `${value} does not match ${pattern}`);
    }
  },
  minimum: (at, bound, value) => {
    if (typeof value === 'number' && value < Number(bound)) wrong(at, `${value} < ${bound}`);
  },
  exclusiveMinimum: (at, bound, value) => {
    if (typeof value === 'number' && value <= Number(bound)) wrong(at, `${value} <= ${bound}`);
  },
  maximum: (at, bound, value) => {
    if (typeof value === 'number' && value > Number(bound)) wrong(at, `${value} > ${bound}`);
  },
  minItems: (at, bound, value) => {
    if (Array.isArray(value) && value.length < Number(bound)) wrong(at, `< ${bound} items`);
  },
  maxItems: (at, bound, value) => {
    if (Array.isArray(value) && value.length > Number(bound)) wrong(at, `> ${bound} items`);
  },
  items: (at, schema, value) => {
    if (!Array.isArray(value)) return;
    value.forEach((item, i) => {
      check({ ...at, schema: schema as Schema, path: `${at.path}[${i}]` }, item);
    });
  },
  required: (at, names, value) => {
    if (!isOf('object', value)) return;
    for (const name of names as string[]) {
      if (!Object.hasOwn(value as object, name)) wrong(at, `${name} is missing`);
    }
  },
  properties: (at, properties, value) => {
    if (!isOf('object', value)) return;
    const known = properties as Readonly<Record<string, Schema>>;
    for (const [name, each] of Object.entries(value as object)) {
      const schema = known[name];
      if (schema === undefined) wrong(at, `${name} is not in the schema`);
      else check({ ...at, schema, path: `${at.path}.${name}` }, each);
    }
  },
  additionalProperties: (at, schema, value) => {
    if (!isOf('object', value)) return;
    for (const [name, each] of Object.entries(value as object)) {
      check({ ...at, schema: schema as Schema, path: `${at.path}.${name}` }, each);
    }
  },
  oneOf: (at, schemas, value) => {
    const outcomes = (schemas as Schema[]).map((schema) => {
      const problems: string[] = [];
      check({ ...at, schema, problems }, value);
      return problems;
    });
    const fitting = outcomes.filter(({ length }) => length === 0).length;
    if (fitting !== 1) wrong(at, `${fitting} of ${outcomes.length} choices fit, not one`);
  },
};

function wrong({ path, problems }: At, what: string): void {
  problems.push(`${path}: ${what}`);
}

function resolved(root: Schema, ref: string): Schema {
  const [, name = ''] = /^#\/\$defs\/(\w+)$/.exec(ref) ?? [];
  const found = (root.$defs as Readonly<Record<string, Schema>> | undefined)?.[name];
  if (found === undefined) throw new Error(`${ref} is not in the schema`);
  return found;
}

function isOf(type: string, value: unknown): boolean {
  switch (type) {
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    case 'array':
      return Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}
