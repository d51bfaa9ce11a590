/**
 * Runs handlers. One `run` effect of the core becomes one call of the application with a fresh
 * context, and ends as one RunOutcome; whatever the handler does, the worker stays up. Deadlines
 * are the core's: it revokes, this file only stops listening (rule H4).
 *
 * Logs hold the handler's name, an error's class and its stack frames: an error's message may
 * quote a payload.
 */
import { type Clock, type Logger, RingwayError } from '../base/index.ts';
import { type Application, type HandlerName, nameOfType } from './application.ts';
import { createRun, type Run, type RunEffect } from './context.ts';
import type { RunOutcome } from './core-types.ts';
import type { ApplicationLimits } from './limits.ts';

export interface HandlersOptions {
  readonly application: Application;
  readonly limits: ApplicationLimits;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called at most once per token, never from within `run` or `revoke`. */
  onOutcome(token: number, outcome: RunOutcome): void;
  /** For the metrics: each run ends once, as one of these. */
  onEnded?(handler: HandlerName, end: RunEnd, durationMs: number): void;
}

export type RunEnd = 'returned' | 'failed' | 'revoked';

export interface Handlers {
  run(effect: RunEffect): void;
  /** The run's context refuses everything from now on and its outcome is not reported. */
  revoke(token: number): void;
  revokeAll(): void;
  /** Runs that are neither over nor revoked. */
  readonly running: number;
}

interface Running {
  readonly token: number;
  readonly run: Run;
  readonly startedAtMs: number;
}

export function createHandlers(options: HandlersOptions): Handlers {
  const { application, clock, logger } = options;
  const running = new Map<number, Running>();

  /** False when the run was revoked meanwhile: nobody waits for it any more. */
  const end = (one: Running, how: RunEnd): boolean => {
    if (!running.delete(one.token)) return false;
    options.onEnded?.(one.run.handler, how, clock.nowMs() - one.startedAtMs);
    return true;
  };

  const returned = (one: Running, value: unknown): void => {
    if (value !== undefined) {
      const what = nameOfType(value);
      failed(one, new RingwayError('handler.returned_value', `returned ${what}, not nothing`));
      return;
    }
    const outcome = one.run.finish();
    if (end(one, 'returned')) options.onOutcome(one.token, outcome);
  };

  const failed = (one: Running, thrown: unknown): void => {
    const { handler } = one.run;
    one.run.finish();
    if (!end(one, 'failed')) return;
    logger.error('handler.failed', { handler, ...traceOf(thrown) });
    options.onOutcome(one.token, { kind: 'failed', reason: reasonOf(handler, thrown) });
  };

  const start = (one: Running): void => {
    if (!running.has(one.token)) return;
    let pending: PromiseLike<unknown> | undefined;
    let result: unknown;
    try {
      result = call(application, one.run);
      if (isThenable(result)) pending = result;
    } catch (thrown) {
      failed(one, thrown);
      return;
    }
    // Outside the try: a bug of ours behind `onOutcome` is not the handler's failure.
    if (pending === undefined) returned(one, result);
    else {
      Promise.resolve(pending).then(
        (value) => returned(one, value),
        (thrown: unknown) => failed(one, thrown),
      );
    }
  };

  const revoke = (one: Running): void => {
    one.run.revoke();
    end(one, 'revoked');
  };

  return {
    run(effect) {
      const run = createRun(effect, options.limits);
      const one: Running = { token: effect.token, run, startedAtMs: clock.nowMs() };
      running.set(effect.token, one);
      // Never inside the core's step: the effects beside this one go out first.
      queueMicrotask(() => start(one));
    },
    revoke(token) {
      const one = running.get(token);
      if (one !== undefined) revoke(one);
    },
    revokeAll() {
      for (const one of [...running.values()]) revoke(one);
    },
    get running() {
      return running.size;
    },
  };
}

/** The context holds what its handler's type says: `createRun` chose both by the input's kind. */
function call(application: Application, run: Run): unknown {
  const handler: unknown = application[run.handler];
  if (typeof handler !== 'function') {
    throw new RingwayError('handler.missing', `the application has no ${run.handler}`);
  }
  return Reflect.apply(handler, application, [run.context]);
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value;
}

/** Goes into the record and to the sender: own messages name limits, foreign ones may quote data. */
function reasonOf(handler: HandlerName, thrown: unknown): string {
  const own = ownError(thrown);
  if (own !== undefined) return `${own.code}: ${handler}: ${own.message}`;
  return `handler.failed: ${handler} threw ${classOf(thrown)}`;
}

function traceOf(thrown: unknown): { error: string; code?: string; frames: readonly string[] } {
  const error = classOf(thrown);
  const frames = framesOf(thrown);
  const code = ownError(thrown)?.code;
  return code === undefined ? { error, frames } : { error, code, frames };
}

/** Even `instanceof` runs foreign code when a proxy was thrown. */
function ownError(thrown: unknown): RingwayError | undefined {
  try {
    return thrown instanceof RingwayError ? thrown : undefined;
  } catch {
    return undefined;
  }
}

/** What was thrown may be anything, with throwing getters. */
function classOf(thrown: unknown): string {
  try {
    if (!(thrown instanceof Error)) return nameOfType(thrown);
    return /^\w{1,64}$/.test(thrown.name) ? thrown.name : 'Error';
  } catch {
    return 'an unreadable value';
  }
}

/** The stack without its first lines: they repeat the message. */
function framesOf(thrown: unknown): readonly string[] {
  try {
    if (!(thrown instanceof Error) || typeof thrown.stack !== 'string') return [];
    const lines = thrown.stack.split('\n').filter((line) => /^ {4}at /.test(line));
    return lines.slice(0, 5).map((line) => line.trim().slice(0, 200));
  } catch {
    return [];
  }
}
