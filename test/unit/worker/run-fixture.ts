/** Runs of handlers without a core: effects in, outcomes out, a log to look at. */
import type { Fields, Logger } from '../../../base/index.ts';
import type { Input } from '../../../link/index.ts';
import type { Application } from '../../../worker/application.ts';
import type { RunEffect } from '../../../worker/context.ts';
import type { RunOutcome } from '../../../worker/core-types.ts';
import { createHandlers, type Handlers, type RunEnd } from '../../../worker/handlers.ts';
import { type ApplicationLimits, defaultLimits } from '../../../worker/limits.ts';
import { createFakeClock, type FakeClock, settled } from '../../support/fake-clock.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export const bytesOf = (text: string): Uint8Array => encoder.encode(text);
export const textOf = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : decoder.decode(bytes);

export function messageInput(text: string): Input {
  const data = bytesOf(text);
  return { kind: 'message', key: 'user:alice', session: 's1', n: 1, format: 'text', data };
}

export function eventInput(text: string): Input {
  return {
    kind: 'event',
    key: 'user:alice',
    id: 'e-7',
    type: 'order.paid',
    source: '/shop',
    format: 'json',
    data: bytesOf(text),
  };
}

export const openInput: Input = {
  kind: 'open',
  key: 'user:alice',
  session: 's1',
  connection: 3,
  about: { user: 'alice', path: '/ws', query: 'a=1', subprotocol: '', address: '10.0.0.1' },
};

export const closeInput: Input = {
  kind: 'close',
  key: 'user:alice',
  session: 's1',
  connection: 3,
  code: 1001,
  reason: 'going away',
};

export function runEffect(input: Input, changes: Partial<RunEffect> = {}): RunEffect {
  return {
    kind: 'run',
    token: 1,
    slot: 0,
    input,
    inputId: 'in-1',
    state: undefined,
    isVolatile: false,
    user: '',
    ...changes,
  };
}

export interface Line {
  readonly level: string;
  readonly event: string;
  readonly fields: Fields;
}

export function recordingLogger(lines: Line[]): Logger {
  const at =
    (level: string) =>
    (event: string, fields: Fields = {}) => {
      lines.push({ level, event, fields });
    };
  const logger: Logger = {
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    with: () => logger,
  };
  return logger;
}

export interface Runs {
  readonly handlers: Handlers;
  readonly clock: FakeClock;
  readonly outcomes: Map<number, RunOutcome>;
  readonly ends: RunEnd[];
  readonly lines: Line[];
}

export function runsOf(application: Application, limits: Partial<ApplicationLimits> = {}): Runs {
  const outcomes = new Map<number, RunOutcome>();
  const lines: Line[] = [];
  const ends: RunEnd[] = [];
  const clock = createFakeClock();
  const handlers = createHandlers({
    application,
    limits: { ...defaultLimits, ...limits },
    clock,
    logger: recordingLogger(lines),
    onOutcome: (token, outcome) => outcomes.set(token, outcome),
    onEnded: (_handler, end) => ends.push(end),
  });
  return { handlers, clock, outcomes, ends, lines };
}

/** One run, to its end. */
export async function runOnce(
  application: Application,
  effect: RunEffect,
  limits: Partial<ApplicationLimits> = {},
): Promise<{ outcome: RunOutcome | undefined; lines: readonly Line[] }> {
  const runs = runsOf(application, limits);
  runs.handlers.run(effect);
  await settled();
  return { outcome: runs.outcomes.get(effect.token), lines: runs.lines };
}

/** The outcome of a run that must have returned. */
export async function returnedBy(
  application: Application,
  effect: RunEffect,
  limits: Partial<ApplicationLimits> = {},
): Promise<Extract<RunOutcome, { kind: 'returned' }>> {
  const { outcome } = await runOnce(application, effect, limits);
  if (outcome?.kind !== 'returned') throw new Error(`not returned: ${JSON.stringify(outcome)}`);
  return outcome;
}

/** What `call` threw: its code and message. */
export function thrownBy(call: () => unknown): { code: unknown; message: string } {
  try {
    call();
  } catch (thrown) {
    if (!(thrown instanceof Error)) throw thrown;
    return { code: 'code' in thrown ? thrown.code : thrown.name, message: thrown.message };
  }
  throw new Error('nothing was thrown');
}
