/**
 * A scenario as a file has it, of whatever shape, made into one that is known to be one: fields
 * that are missing, strange or of another type are named with their entry.
 */
import { quoted, type RingError } from '../error.ts';
import { badChange } from './roster.ts';
import type { Change, MemberChange, Scenario } from './types.ts';

type FieldType = 'number' | 'text' | 'texts' | 'members' | 'weights' | 'changes';

interface Field {
  readonly type: FieldType;
  readonly isOptional?: boolean;
}

const fields: Readonly<Record<Change['kind'], Readonly<Record<string, Field>>>> = {
  add: {
    count: { type: 'number' },
    weight: { type: 'number', isOptional: true },
    zone: { type: 'text', isOptional: true },
  },
  join: { members: { type: 'members' } },
  remove: { ids: { type: 'texts' } },
  crash: { ids: { type: 'texts' } },
  'zone-loss': { zone: { type: 'text' } },
  weight: { weights: { type: 'weights' } },
  round: { changes: { type: 'changes' } },
  'rolling-deploy': { atOnce: { type: 'number', isOptional: true } },
  autoscale: { from: { type: 'number' }, to: { type: 'number' }, by: { type: 'number' } },
  'any-one': {},
  'any-two': {},
};

const inRounds: readonly string[] = [
  'add',
  'join',
  'remove',
  'crash',
  'zone-loss',
  'weight',
] satisfies readonly MemberChange['kind'][];

/** @throws RingError `ring.bad_change` naming the entry and what is wrong with it */
export function parseScenario(value: unknown): Scenario {
  if (!Array.isArray(value)) throw badChange('a scenario is a list of changes');
  return value.map((each, i) => parsed(each, `change ${i + 1}`, Object.keys(fields)));
}

function parsed(value: unknown, name: string, kinds: readonly string[]): Change {
  if (!isObject(value)) throw badChange(`${name} is not an object`);
  const { kind, ...rest } = value;
  if (typeof kind !== 'string' || !kinds.includes(kind)) {
    throw badChange(`kind ${quoted(kind)} of ${name} is not one of ${kinds.join(', ')}`);
  }
  const known = fields[kind as Change['kind']];
  const strange = Object.keys(rest).find((field) => !Object.hasOwn(known, field));
  if (strange !== undefined) throw badChange(`${name} (${kind}) has no field ${quoted(strange)}`);
  for (const [field, { type, isOptional = false }] of Object.entries(known)) {
    const given = rest[field];
    if (given === undefined && isOptional) continue;
    if (!isOf(type, given)) throw wrongType(field, type, given, `${name} (${kind})`);
    if (type === 'changes') {
      (given as unknown[]).forEach((each, i) => {
        parsed(each, `change ${i + 1} of ${name}`, inRounds);
      });
    }
  }
  return value as unknown as Change;
}

const typeNames: Readonly<Record<FieldType, string>> = {
  number: 'a number',
  text: 'a text',
  texts: 'a list of ids',
  members: 'a list of members with id and weight',
  weights: 'an object of ids and weights',
  changes: 'a list of changes',
};

function isOf(type: FieldType, value: unknown): boolean {
  switch (type) {
    case 'number':
      return typeof value === 'number';
    case 'text':
      return typeof value === 'string';
    case 'texts':
      return Array.isArray(value) && value.every((each) => typeof each === 'string');
    case 'members':
      return Array.isArray(value) && value.every(isObject);
    case 'weights':
      return isObject(value) && Object.values(value).every((each) => typeof each === 'number');
    case 'changes':
      return Array.isArray(value);
  }
}

function wrongType(field: string, type: FieldType, value: unknown, name: string): RingError {
  const what = value === undefined ? 'missing' : `${quoted(value)}, not ${typeNames[type]}`;
  return badChange(`${field} of ${name} is ${what}`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
