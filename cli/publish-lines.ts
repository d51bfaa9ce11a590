/**
 * Events from lines of JSON, in order and bounded: no line is read while as many events as may be
 * under way wait for their answer. Ids come out in the order of the lines, each once its event is
 * stored; after the first failure nothing more is read.
 */
import { RingwayError } from '../base/index.ts';
import type { Way } from './publish-ways.ts';

export interface EventParts {
  readonly key: string;
  readonly type: string;
  readonly data: unknown;
  /** undefined = a random one. */
  readonly id: string | undefined;
  readonly source: string;
}

/** For what a line leaves out. */
interface Fallback extends Pick<EventParts, 'type' | 'source'> {
  readonly key: string | undefined;
}

interface Run {
  readonly lines: AsyncIterable<string>;
  readonly fallback: Fallback;
  readonly way: Way;
  onStored(id: string): void;
}

interface Failure {
  readonly error: unknown;
  readonly line: number;
}

type Answer = { readonly id: string } | Failure;

/** @throws RingwayError naming the line; the ids of those that were stored were told before */
export async function publishLines({ lines, fallback, way, onStored }: Run): Promise<void> {
  const underWay: Promise<Answer>[] = [];
  let failure: Failure | undefined;
  const settleOldest = async (): Promise<void> => {
    const answer = await underWay.shift();
    if (answer === undefined) return;
    if ('id' in answer) onStored(answer.id);
    else failure ??= answer;
  };
  let line = 0;
  for await (const text of lines) {
    line += 1;
    if (text.trim() === '') continue;
    const event = eventIn(text, line, fallback);
    if ('error' in event) underWay.push(Promise.resolve(event));
    else underWay.push(sent(event.parts, line, way));
    if (underWay.length >= way.inFlightMax) await settleOldest();
    if ('error' in event || failure !== undefined) break;
  }
  while (underWay.length > 0) await settleOldest();
  if (failure !== undefined) throw inLine(failure);
}

function eventIn(text: string, line: number, fallback: Fallback): { parts: EventParts } | Failure {
  try {
    return { parts: partsOf(text, fallback) };
  } catch (error) {
    return { error, line };
  }
}

async function sent(parts: EventParts, line: number, way: Way): Promise<Answer> {
  try {
    return { id: await way.publish(parts) };
  } catch (error) {
    return { error, line };
  }
}

function inLine({ error, line }: Failure): unknown {
  if (!(error instanceof RingwayError)) return error;
  const { code, message, retryable } = error;
  return new RingwayError(code, `line ${line}: ${message}`, { retryable, cause: error });
}

const fields = ['user', 'key', 'type', 'data', 'id', 'source'];

/** @throws RingwayError `event.invalid`, `event.no_key` */
function partsOf(text: string, fallback: Fallback): EventParts {
  const event = objectOf(text);
  const unknown = Object.keys(event).filter((name) => !fields.includes(name));
  if (unknown.length > 0) {
    throw new RingwayError(
      'event.invalid',
      `${unknown.join(', ')}: not one of ${fields.join(', ')}`,
    );
  }
  const user = textOf(event, 'user');
  const key = textOf(event, 'key') ?? (user === undefined ? fallback.key : `user:${user}`);
  if (user !== undefined && event.key !== undefined) {
    throw new RingwayError('event.invalid', 'user and key exclude each other');
  }
  if (key === undefined) throw new RingwayError('event.no_key', 'neither user nor key is given');
  return {
    key,
    type: textOf(event, 'type') ?? fallback.type,
    data: event.data ?? null,
    id: textOf(event, 'id'),
    source: textOf(event, 'source') ?? fallback.source,
  };
}

function objectOf(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new RingwayError('event.invalid', 'not JSON');
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new RingwayError('event.invalid', 'not a JSON object');
}

function textOf(event: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = event[name];
  if (value === undefined || typeof value === 'string') return value;
  throw new RingwayError('event.invalid', `${name} is not a string`);
}
