/** How docs/protocol.md names the types of fields, derived from their shapes. */
import type { NamedShape, Shape } from '../../../link/fields.ts';

export function typeName(shape: Shape): string {
  switch (shape.kind) {
    case 'fixed':
      return `${shape.bytes} bytes`;
    case 'constant':
      return `0x${shape.value.toString(16)}`;
    case 'choice':
      return shape.of.map((word, place) => `${place} ${word}`).join(', ');
    case 'optional':
    case 'list':
      return `${shape.kind} ${typeName(shape.of)}`;
    case 'struct':
    case 'union':
      return shape.name;
    default:
      return shape.kind;
  }
}

/** `name: type` of each field, as the tables list them. */
export function rowsOf(fields: readonly NamedShape[]): string[] {
  return fields.map(({ name, shape }) => `${name}: ${typeName(shape)}`);
}

/** Every record and union below these fields, once each, with the rows of its table. */
export function partsOf(fields: readonly NamedShape[]): ReadonlyMap<string, string[]> {
  const parts = new Map<string, string[]>();
  const visit = (shape: Shape): void => {
    if (shape.kind === 'optional' || shape.kind === 'list') visit(shape.of);
    if (shape.kind === 'struct') {
      parts.set(shape.name, rowsOf(shape.fields));
      for (const field of shape.fields) visit(field.shape);
    }
    if (shape.kind === 'union') {
      for (const { tag, code, fields: own } of shape.variants) {
        parts.set(`${shape.name} ${code} ${tag}`, rowsOf(own));
        for (const field of own) visit(field.shape);
      }
    }
  };
  for (const { shape } of fields) visit(shape);
  return parts;
}
