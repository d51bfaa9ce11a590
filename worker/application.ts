/**
 * The public application API: what runs for a key when something happens to it. An application
 * is a plain object of handlers; each handler gets one context object, and everything that it
 * does through that object becomes one record, replicated and made visible as a whole
 * (docs/applications.md). What is not handled gets the built-in treatment.
 */
import { RingwayError } from '../base/index.ts';
import type { SessionAbout } from '../link/index.ts';
import type { HandledKinds } from './core-types.ts';
import type { EventPayload, Payload } from './payload.ts';

/** State as a handler sees it: deeply frozen, so that a change in place fails instead of being lost. */
export type Frozen<T> = T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T;

/** The key that a handler runs for, and what it may do to it. */
export interface KeyContext<State> {
  /** `user:alice`, `room:42`. */
  readonly id: string;
  /**
   * The key's JSON state as this run sees it, own assignments included; `undefined` = none.
   * Reading gives a frozen copy, assigning takes a copy: `ctx.key.state = { ...ctx.key.state, n: 1 }`.
   * At most `stateBytesMax` bytes of JSON. Read-only in `onMessage` of a volatile application.
   */
  get state(): Frozen<State> | undefined;
  set state(value: Frozen<State> | undefined);
  /**
   * Shows something to every socket of the key, in the order of the calls. A string is sent as
   * text, a `Uint8Array` as binary, `ctx.event` or `ctx.message` as it came, all else as JSON.
   */
  push(value: unknown, options?: PushOptions): void;
}

export interface PushOptions {
  /** What `ringway.v1` clients see as the event's id. Default: derived from `ctx.id`, unique. */
  readonly id?: string;
  /** Default: the type of the event that is passed on, else `message`. */
  readonly type?: string;
}

/** The client connection that an input came from. */
export interface SessionContext {
  /** Stable over reconnects of a client that resumes. */
  readonly id: string;
  /** The authenticated subject; `undefined` where the log does not know it. */
  readonly user: string | undefined;
}

export interface ReplyingSession extends SessionContext {
  /** Answers this session only; values as in `key.push`. */
  send(value: unknown): void;
}

/** An event for another key. */
export interface EventToSend {
  readonly type: string;
  /** String, `Uint8Array`, payload or JSON value. */
  readonly data: unknown;
}

export interface PublishOptions {
  /** Appended to the topic: `message.<key>.<suffix>`. */
  readonly suffix?: string;
  /** Default `ringway.message`. */
  readonly type?: string;
}

/** What every handler gets. Each member throws once the run is over or was revoked. */
export interface HandlerContext<State> {
  /** Identity of this input, the same at every attempt: the key for idempotent side effects. */
  readonly id: string;
  readonly key: KeyContext<State>;
  /** Aborted when the run is revoked: deadline, move, or loss of ownership. */
  readonly signal: AbortSignal;
  /** Sends an event to another key, after commit: once in the other key's log. */
  send(key: string, event: EventToSend): void;
  /** Publishes to `ringway.out`, after commit, at least once with a stable id. */
  publish(value: unknown, options?: PublishOptions): void;
}

export interface OpenContext<State = unknown> extends HandlerContext<State> {
  readonly session: ReplyingSession & { readonly about: SessionAbout };
}

export interface MessageContext<State = unknown> extends HandlerContext<State> {
  readonly session: ReplyingSession;
  readonly message: Payload;
}

export interface EventContext<State = unknown> extends HandlerContext<State> {
  readonly event: EventPayload;
}

export interface CloseContext<State = unknown> extends HandlerContext<State> {
  readonly session: SessionContext;
  readonly close: { readonly code: number; readonly reason: string };
}

/** Handlers return nothing; a promise is awaited up to `handlerDeadlineMs`. */
export interface Application<State = unknown> {
  /**
   * Client messages skip the log: handled, replied, acknowledged; across a crash replies come at
   * most once and messages at least once. Default false.
   */
  readonly volatile?: boolean;
  onOpen?(ctx: OpenContext<State>): void | Promise<void>;
  onMessage?(ctx: MessageContext<State>): void | Promise<void>;
  onEvent?(ctx: EventContext<State>): void | Promise<void>;
  onClose?(ctx: CloseContext<State>): void | Promise<void>;
}

export const handlerNames = ['onOpen', 'onMessage', 'onEvent', 'onClose'] as const;
export type HandlerName = (typeof handlerNames)[number];

/**
 * Checks and freezes an application.
 * @throws RingwayError `application.invalid`, naming every problem
 */
export function defineApplication<State = unknown>(
  application: Application<State>,
): Application<State> {
  const problems = problemsOf(application);
  if (problems.length > 0) throw new RingwayError('application.invalid', problems.join('\n'));
  return Object.freeze(application);
}

/** Which inputs the core hands to the application. */
export function handledKindsOf(application: Application): HandledKinds {
  return {
    event: application.onEvent !== undefined,
    message: application.onMessage !== undefined,
    open: application.onOpen !== undefined,
    close: application.onClose !== undefined,
    volatile: application.volatile ?? false,
  };
}

/** What keeps `candidate` from being an application; it may be anything. */
export function problemsOf(candidate: unknown): readonly string[] {
  if (typeof candidate !== 'object' || candidate === null || Array.isArray(candidate)) {
    return [`an application is an object of handlers, not ${nameOfType(candidate)}`];
  }
  const prototype: unknown = Object.getPrototypeOf(candidate);
  if (prototype !== Object.prototype && prototype !== null) {
    return ['an application is a plain object of handlers, not an instance of a class'];
  }
  const members: Record<string, unknown> = { ...candidate };
  return Object.entries(members).flatMap(([name, value]) => {
    if (value === undefined) return [];
    if (name === 'volatile') {
      return typeof value === 'boolean' ? [] : [`volatile is ${nameOfType(value)}, not a boolean`];
    }
    if (!(handlerNames as readonly string[]).includes(name)) return [unknownMember(name)];
    return typeof value === 'function' ? [] : [`${name} is ${nameOfType(value)}, not a function`];
  });
}

function unknownMember(name: string): string {
  return `unknown member ${JSON.stringify(name)}; known are volatile, ${handlerNames.join(', ')}`;
}

/** `an array`, `undefined`, `a string`: for error messages. */
export function nameOfType(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'an array';
  return `${/^[aeiou]/.test(typeof value) ? 'an' : 'a'} ${typeof value}`;
}
