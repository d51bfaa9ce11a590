/** Arbitrary messages, derived from the shapes of the field table. */
import fc from 'fast-check';
import type { NamedShape, Shape } from '../../../link/fields.ts';
import type { LinkMessage } from '../../../link/messages.ts';
import { messageRows } from '../../../link/schema.ts';
import { TagTable } from '../../../link/structs.ts';

export function arbitraryMessage(): fc.Arbitrary<LinkMessage> {
  const { variants } = new TagTable<LinkMessage, 'type'>('type', messageRows);
  const each = variants.map(({ tag, fields }) => record(fields, { type: tag }));
  return fc.oneof(...each) as fc.Arbitrary<LinkMessage>;
}

function record(fields: readonly NamedShape[], tag: object): fc.Arbitrary<object> {
  const model = Object.fromEntries(fields.map(({ name, shape }) => [name, arbitrary(shape)]));
  return fc.record(model).map((values) => ({ ...tag, ...values }));
}

function arbitrary(shape: Shape): fc.Arbitrary<unknown> {
  switch (shape.kind) {
    case 'u16':
      return fc.integer({ min: 0, max: 0xffff });
    case 'u32':
      return fc.integer({ min: 0, max: 0xffff_ffff });
    case 'u53':
      return fc.maxSafeNat();
    case 'f64':
      return fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => (x === 0 ? 0 : x));
    case 'bool':
      return fc.boolean();
    case 'str':
      return fc.oneof(fc.string({ maxLength: 60 }), fc.string({ unit: 'binary', maxLength: 60 }));
    case 'bytes':
      return fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes));
    case 'fixed':
      return fc
        .uint8Array({ minLength: shape.bytes, maxLength: shape.bytes })
        .map((bytes) => Buffer.from(bytes));
    case 'constant':
      return fc.constant(shape.value);
    case 'choice':
      return fc.constantFrom(...shape.of);
    case 'optional':
      return fc.option(arbitrary(shape.of), { nil: undefined });
    case 'list':
      return fc.array(arbitrary(shape.of), { maxLength: 4 });
    case 'struct':
      return record(shape.fields, {});
    case 'union':
      return fc.oneof(...shape.variants.map(({ tag, fields }) => record(fields, { kind: tag })));
  }
}
