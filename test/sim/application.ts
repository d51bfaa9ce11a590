/**
 * The modelled application: asynchronous handlers that count their key's inputs in its state,
 * push, reply and sometimes write outward. What a handler does is a function of the input and
 * the state alone; how long it takes, or whether it returns at all, is chance.
 */
import { type Random, unreachable } from '../../base/index.ts';
import type { Bytes, Input, Outward, Push, Reply } from '../../link/index.ts';
import type { HandledKinds, RunOutcome, WorkerEffect } from '../../worker/core-types.ts';

export interface ApplicationModel {
  readonly handled: HandledKinds;
  readonly delayMaxMs: number;
  /** How likely a run takes longer than the deadline. */
  readonly slow: number;
  /** How likely a run never returns. */
  readonly stuck: number;
  /** One in so many inputs sends an event to another key. Default 7. */
  readonly sendsEvery?: number;
}

export const allHandled: HandledKinds = {
  event: true,
  message: true,
  open: true,
  close: true,
  volatile: false,
};

export const noneHandled: HandledKinds = {
  event: false,
  message: false,
  open: false,
  close: false,
  volatile: false,
};

/** How long a run takes; undefined = it never returns. */
export function delayOf(model: ApplicationModel, random: Random): number | undefined {
  const draw = random.next();
  if (draw < model.stuck) return undefined;
  if (draw < model.stuck + model.slow) return 80 + random.int(160);
  return random.int(model.delayMaxMs + 1);
}

export function countOf(state: Bytes | undefined): number {
  return state === undefined ? 0 : Number(textOf(state));
}

export function outcomeOf(
  { sendsEvery = 7 }: ApplicationModel,
  run: Extract<WorkerEffect, { kind: 'run' }>,
): RunOutcome {
  const { input, inputId, state, isVolatile } = run;
  const draw = drawOf(inputId);
  if (draw % 61 === 0) return { kind: 'failed', reason: 'planned' };
  const count = countOf(state) + 1;
  return {
    kind: 'returned',
    pushes: draw % 4 === 0 ? [] : [pushOf(inputId, count)],
    replies: repliesOf(input, inputId),
    state: isVolatile ? undefined : bytesOf(String(count)),
    outward: isVolatile ? [] : outwardOf(input, inputId, { draw, sendsEvery }),
  };
}

function pushOf(inputId: string, count: number): Push {
  return { id: `p:${inputId}`, type: 'push', format: 'text', data: bytesOf(`${inputId}#${count}`) };
}

function repliesOf(input: Input, inputId: string): readonly Reply[] {
  switch (input.kind) {
    case 'message':
    case 'open':
      return [{ session: input.session, format: 'text', data: bytesOf(`r:${inputId}`) }];
    case 'event':
    case 'close':
      return [];
    default:
      return unreachable(input);
  }
}

function outwardOf(
  input: Input,
  inputId: string,
  { draw, sendsEvery }: { readonly draw: number; readonly sendsEvery: number },
): readonly Outward[] {
  const data = bytesOf(inputId);
  const outward: Outward[] = [];
  if (input.kind === 'message' && draw % 5 === 0) {
    const topic = `message.${input.key}`;
    outward.push({ to: 'out', topic, type: 'out', format: 'text', data });
  }
  // What was passed on is not passed on again: else they would never end.
  const isPassedOn = input.kind === 'event' && input.source === passedSource;
  if (draw % sendsEvery === 0 && !isPassedOn) {
    const topic = `user:k${draw % 8}`;
    outward.push({ to: 'event', topic, type: 'passed', format: 'text', data });
  }
  return outward;
}

/** Source of events that a key sends to another, as the worker's publisher gives it. */
export const passedSource = '/ringway';

export function bytesOf(text: string): Bytes {
  return Buffer.from(text, 'utf8');
}

export function textOf(bytes: Bytes): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

/** Chance that is the same at every attempt of the input. */
function drawOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return hash >>> 0;
}
