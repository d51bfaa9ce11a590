/**
 * The one table of messages: number, who may send it to whom, and the fields in the order of
 * the wire. Codec, tests and docs/protocol.md follow it; the compiler holds it against
 * `messages.ts`. A change here is a change of the protocol version.
 */
import { bool, bytes, choice, f64, list, optional, str, u16, u32, u53 } from './fields.ts';
import type {
  Format,
  Input,
  InputRecord,
  KeyImage,
  LinkMessage,
  LogRecord,
  Outward,
  OutwardEntry,
  Push,
  Reply,
  SessionAbout,
  SessionRef,
} from './messages.ts';
import { type Rows, struct, union } from './structs.ts';

export type Role = 'worker' | 'gateway';

/** Who sends to whom; `any` = both ways on every link. */
export type Flow = 'any' | 'gateway→worker' | 'worker→gateway' | 'worker→worker';

const format = choice<Format>(['json', 'text', 'binary']);

const push = struct<Push>('Push', { id: str, type: str, format, data: bytes });

const reply = struct<Reply>('Reply', { session: str, format, data: bytes });

const outward = struct<Outward>('Outward', {
  to: choice(['out', 'event']),
  topic: str,
  type: str,
  format,
  data: bytes,
});

const sessionAbout = struct<SessionAbout>('SessionAbout', {
  user: str,
  path: str,
  query: str,
  subprotocol: str,
  address: str,
});

const sessionRef = struct<SessionRef>('SessionRef', {
  session: str,
  connection: u53,
  key: str,
  epoch: str,
  next: u53,
});

const input = union<Input, 'kind'>('Input', 'kind', {
  event: {
    code: 1,
    fields: { key: str, id: str, type: str, source: str, format, data: bytes },
  },
  message: { code: 2, fields: { key: str, session: str, n: u53, format, data: bytes } },
  open: { code: 3, fields: { key: str, session: str, connection: u53, about: sessionAbout } },
  close: {
    code: 4,
    fields: { key: str, session: str, connection: u53, code: u16, reason: str },
  },
});

type Handled = NonNullable<InputRecord['handled']>;
type Presence = NonNullable<InputRecord['presence']>;

const inputRecordFields = {
  idx: u53,
  term: u53,
  key: str,
  offset: u53,
  atMs: f64,
  inputId: str,
  pushes: list(push),
  replies: list(reply),
  state: optional(bytes),
  outward: list(outward),
  handled: optional(struct<Handled>('Handled', { session: str, n: u53 })),
  presence: optional(
    struct<Presence>('Presence', {
      session: str,
      connection: u53,
      gateway: str,
      user: str,
      open: bool,
    }),
  ),
  failure: str,
  strikes: list(u53),
};

const logRecord = union<LogRecord, 'kind'>('LogRecord', 'kind', {
  input: { code: 1, fields: inputRecordFields },
  birth: { code: 2, fields: { idx: u53, term: u53, key: str } },
  evict: { code: 3, fields: { idx: u53, term: u53, keys: list(str) } },
  strike: { code: 4, fields: { idx: u53, term: u53, strikes: list(u53) } },
  seal: {
    code: 5,
    fields: {
      idx: u53,
      term: u53,
      strikes: list(u53),
      volatileHandled: list(struct('VolatileHandled', { key: str, session: str, n: u53 })),
    },
  },
  trim: { code: 6, fields: { idx: u53, term: u53, beforeMs: f64 } },
});

/** In a key image only input records can stand; same bytes as in an `APPEND`. */
const inputRecord = union<InputRecord, 'kind'>('LogRecord', 'kind', {
  input: { code: 1, fields: inputRecordFields },
});

const keyImage = struct<KeyImage>('KeyImage', {
  key: str,
  born: u53,
  nextOffset: u53,
  records: list(inputRecord),
  lostBefore: u53,
  lostReplies: list(struct('LostReply', { session: str, before: u53 })),
  ids: list(struct('KnownId', { id: str, idx: u53 })),
  state: optional(bytes),
  handled: list(struct('HandledAt', { session: str, n: u53, idx: u53 })),
  presence: list(struct('OpenSession', { session: str, connection: u53, gateway: str, user: str })),
});

const outwardEntry = struct<OutwardEntry>('OutwardEntry', {
  idx: u53,
  inputId: str,
  outward: list(outward),
});

/** Of a slot's stream between two workers (rule S1). */
const stream = { slot: u16, term: u53, stream: u53 };
/** Of a gateway's binding to a slot's owner (rule B1). */
const binding = { slot: u16, binding: u53 };

export const messageRows: Rows<LinkMessage, 'type'> & {
  readonly [K in LinkMessage['type']]: { readonly flow: Flow };
} = {
  PING: { code: 0x08, flow: 'any', fields: { sentAtMs: f64 } },
  PONG: { code: 0x09, flow: 'any', fields: { sentAtMs: f64, confirmationAgeMs: f64, shed: f64 } },

  BIND: {
    code: 0x10,
    flow: 'gateway→worker',
    fields: { ...binding, term: u53, sessions: list(sessionRef) },
  },
  OPEN: { code: 0x11, flow: 'gateway→worker', fields: { ...binding, sessions: list(sessionRef) } },
  CLOSE: {
    code: 0x12,
    flow: 'gateway→worker',
    fields: { ...binding, session: str, connection: u53 },
  },
  INPUT: { code: 0x13, flow: 'gateway→worker', fields: { ...binding, n: u53, input } },
  DRAIN: { code: 0x14, flow: 'gateway→worker', fields: {} },

  ATTACHED: {
    code: 0x20,
    flow: 'worker→gateway',
    fields: {
      ...binding,
      session: str,
      connection: u53,
      epoch: str,
      next: u53,
      recovered: bool,
      reason: str,
    },
  },
  FRAME: {
    code: 0x21,
    flow: 'worker→gateway',
    fields: {
      ...binding,
      key: str,
      epoch: str,
      from: u53,
      offset: u53,
      pushes: list(push),
      replies: list(reply),
    },
  },
  INPUT_ACK: { code: 0x22, flow: 'worker→gateway', fields: { ...binding, n: u53, failure: str } },
  SEND: {
    code: 0x23,
    flow: 'worker→gateway',
    fields: { ...binding, key: str, session: str, kind: str, format, data: bytes },
  },
  MOVING: { code: 0x24, flow: 'worker→gateway', fields: { ...binding } },
  NOT_OWNER: { code: 0x25, flow: 'worker→gateway', fields: { ...binding } },

  PROBE: { code: 0x30, flow: 'worker→worker', fields: { ...stream, epoch: u53 } },
  PROBED: {
    code: 0x31,
    flow: 'worker→worker',
    fields: { ...stream, epoch: u53, length: u53, lastTerm: u53 },
  },
  SNAPSHOT: {
    code: 0x32,
    flow: 'worker→worker',
    fields: {
      ...stream,
      epoch: u53,
      part: u32,
      isLast: bool,
      length: u53,
      lastTerm: u53,
      keys: list(keyImage),
      outbox: list(outwardEntry),
    },
  },
  APPEND: {
    code: 0x33,
    flow: 'worker→worker',
    fields: { ...stream, from: u53, records: list(logRecord) },
  },
  APPENDED: { code: 0x34, flow: 'worker→worker', fields: { ...stream, length: u53 } },
  RESYNC: { code: 0x35, flow: 'worker→worker', fields: { ...stream } },
  FENCED: { code: 0x36, flow: 'worker→worker', fields: { slot: u16, term: u53 } },
};
