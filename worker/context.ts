/**
 * The context object of one run. It only collects: nothing leaves it before the handler has
 * returned, and nothing enters it once the run is over. Methods are closures, so that
 * `const { send } = ctx.session` works.
 */
import { RingwayError } from '../base/index.ts';
import type { Input } from '../link/index.ts';
import type {
  EventToSend,
  HandlerContext,
  HandlerName,
  KeyContext,
  PublishOptions,
  PushOptions,
} from './application.ts';
import { Collected } from './collected.ts';
import type { RunOutcome, WorkerEffect } from './core-types.ts';
import type { ApplicationLimits } from './limits.ts';
import { checkKey, checkName, topicOf } from './names.ts';
import { EventPayload, encodeJson, encodeValue, frozenJson, Payload } from './payload.ts';

export type RunEffect = Extract<WorkerEffect, { kind: 'run' }>;

/** A context with the two ends that only the runner holds. */
export interface Run {
  readonly handler: HandlerName;
  /** Everything that all handlers get, plus what is particular to this kind of input. */
  readonly context: HandlerContext<unknown>;
  /** Ends the run normally; from now on the context throws `handler.finished`. */
  finish(): RunOutcome;
  /** From now on the context throws `handler.revoked`; aborts its signal. */
  revoke(): void;
}

export function createRun(effect: RunEffect, limits: ApplicationLimits): Run {
  const life = new Life(handlerOf(effect.input));
  const collected = new Collected(limits);
  const base: HandlerContext<unknown> = {
    id: effect.inputId,
    key: keyContext(effect, collected, life),
    get signal() {
      return life.signal();
    },
    send(key, event) {
      life.check('ctx.send');
      refuseVolatile(effect, 'ctx.send');
      collected.outward(outwardEvent(key, event));
    },
    publish(value, options = {}) {
      life.check('ctx.publish');
      refuseVolatile(effect, 'ctx.publish');
      collected.outward(outwardMessage(effect.input.key, value, options));
    },
  };
  return {
    handler: life.handler,
    context: Object.defineProperties(base, particulars(effect, collected, life)),
    finish() {
      life.end('finished');
      return collected.outcome();
    },
    revoke: () => life.end('revoked'),
  };
}

/** Whether the run still counts, and its abort signal, made only when somebody asks. */
class Life {
  readonly handler: HandlerName;
  #phase: 'running' | 'finished' | 'revoked' = 'running';
  #abort: AbortController | undefined;

  constructor(handler: HandlerName) {
    this.handler = handler;
  }

  /** @throws RingwayError `handler.finished`, `handler.revoked` */
  check(call: string): void {
    if (this.#phase === 'running') return;
    if (this.#phase === 'finished') {
      const message = `${call} was called after ${this.handler} had returned (missing await?)`;
      throw new RingwayError('handler.finished', message);
    }
    const why = 'after its run was revoked (handlerDeadlineMs, a move or a lost lease)';
    throw new RingwayError('handler.revoked', `${call} was called ${why}`);
  }

  signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.#phase === 'revoked') this.#abort.abort();
    return this.#abort.signal;
  }

  end(phase: 'finished' | 'revoked'): void {
    if (this.#phase !== 'running') return;
    this.#phase = phase;
    if (phase === 'revoked') this.#abort?.abort();
  }
}

function keyContext(effect: RunEffect, collected: Collected, life: Life): KeyContext<unknown> {
  let bytes = effect.state;
  let frozen: { readonly value: unknown } | undefined;
  return {
    id: effect.input.key,
    get state() {
      life.check('ctx.key.state');
      frozen ??= { value: frozenJson(bytes) };
      // `unknown` is what every State looks like in here.
      return frozen.value;
    },
    set state(value) {
      life.check('ctx.key.state =');
      refuseVolatile(effect, 'ctx.key.state =');
      // No bytes = no state: `undefined` in the record means unchanged.
      const next = value === undefined ? new Uint8Array(0) : encodeJson(value, 'ctx.key.state =');
      collected.setState(next);
      bytes = next;
      frozen = undefined;
    },
    push(value, options = {}) {
      life.check('ctx.key.push');
      const { format, bytes: data } = encodeValue(value, 'ctx.key.push');
      const { id, type } = pushIdentity(effect, value, options, collected.pushCount);
      collected.push({ id, type, format, data });
    },
  };
}

function pushIdentity(effect: RunEffect, value: unknown, options: PushOptions, place: number) {
  const passedOn = value instanceof EventPayload ? value : undefined;
  return {
    id: checkName(options.id ?? passedOn?.id ?? `${effect.inputId}.${place + 1}`, 'push id'),
    type: checkName(options.type ?? passedOn?.type ?? 'message', 'push type'),
  };
}

/** `session`, `message`, `event`, `close`: what the kind of input brings along. */
function particulars(effect: RunEffect, collected: Collected, life: Life): PropertyDescriptorMap {
  const { input } = effect;
  switch (input.kind) {
    case 'event':
      return { event: shown(new EventPayload(input, { format: input.format, bytes: input.data })) };
    case 'message':
      return {
        session: shown({
          id: input.session,
          user: userOf(effect),
          send: sender(input.session, collected, life),
        }),
        message: shown(new Payload({ format: input.format, bytes: input.data })),
      };
    case 'open':
      return {
        session: shown({
          id: input.session,
          user: input.about.user,
          about: Object.freeze({ ...input.about }),
          send: sender(input.session, collected, life),
        }),
      };
    case 'close':
      return {
        session: shown({ id: input.session, user: userOf(effect) }),
        close: shown({ code: input.code, reason: input.reason }),
      };
  }
}

function shown(value: object): PropertyDescriptor {
  return { value: value instanceof Payload ? value : Object.freeze(value), enumerable: true };
}

function sender(session: string, collected: Collected, life: Life): (value: unknown) => void {
  return (value) => {
    life.check('ctx.session.send');
    const { format, bytes } = encodeValue(value, 'ctx.session.send');
    collected.reply({ session, format, data: bytes });
  };
}

function outwardEvent(key: string, event: EventToSend) {
  checkKey(key, 'ctx.send');
  if (typeof event !== 'object' || event === null) {
    throw new RingwayError('value.unsupported', 'ctx.send takes an event { type, data }');
  }
  const value = event instanceof EventPayload ? event : event.data;
  const { format, bytes } = encodeValue(value, 'ctx.send');
  return {
    to: 'event' as const,
    topic: key,
    type: checkName(event.type, 'event type'),
    format,
    data: bytes,
  };
}

function outwardMessage(key: string, value: unknown, options: PublishOptions) {
  const { format, bytes } = encodeValue(value, 'ctx.publish');
  return {
    to: 'out' as const,
    topic: topicOf(key, options.suffix),
    type: checkName(options.type ?? 'ringway.message', 'message type'),
    format,
    data: bytes,
  };
}

/** Without a record there is nothing that could carry these (amendment A2). */
function refuseVolatile(effect: RunEffect, call: string): void {
  if (!effect.isVolatile) return;
  const message = `${call} needs a record, and onMessage of a volatile application makes none`;
  throw new RingwayError('volatile.refused', message);
}

export function handlerOf(input: Input): HandlerName {
  switch (input.kind) {
    case 'event':
      return 'onEvent';
    case 'message':
      return 'onMessage';
    case 'open':
      return 'onOpen';
    case 'close':
      return 'onClose';
  }
}

function userOf({ user }: RunEffect): string | undefined {
  return user === '' ? undefined : user;
}
