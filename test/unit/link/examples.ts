/**
 * One message of every type, and every variant and optional field at least once: the source of
 * docs/vectors/frames.json. Changing one of them changes the vectors (run with UPDATE=1).
 */
import type { HandshakeMessage } from '../../../link/handshake.ts';
import type { InputRecord, LinkMessage, LogRecord } from '../../../link/messages.ts';

const utf8 = (text: string): Buffer => Buffer.from(text);
const counting = (count: number, from: number): Buffer =>
  Buffer.from(Array.from({ length: count }, (_, i) => (from + i) & 0xff));

const opening = { magic: 'RGWY', version: 1, cluster: '5f0c9a' } as const;

export const handshakeExamples: readonly HandshakeMessage[] = [
  {
    type: 'HELLO',
    ...opening,
    nonce: counting(32, 0x00),
    role: 'gateway',
    boot: 'g-1@7',
    to: 'w-3@12',
  },
  { type: 'CHALLENGE', ...opening, nonce: counting(32, 0x40), role: 'worker', boot: 'w-3@12' },
  { type: 'PROOF', mac: counting(32, 0x80) },
  { type: 'WELCOME', mac: counting(32, 0xa0) },
  { type: 'REFUSED', refusal: 'auth', detail: 'g-1@7 has another secret', mac: undefined },
  {
    type: 'REFUSED',
    refusal: 'foreign_cluster',
    detail: 'g-1@7 serves cluster 5f0c9a, not 77aa01',
    mac: counting(32, 0xc0),
  },
];

const fullRecord: InputRecord = {
  kind: 'input',
  idx: 41,
  term: 3,
  key: 'user:alice',
  offset: 9,
  atMs: 1_767_225_600_000,
  inputId: 's-1#4',
  pushes: [{ id: 'p-1', type: 'note', format: 'json', data: utf8('{"a":1}') }],
  replies: [{ session: 's-1', format: 'text', data: utf8('grüß') }],
  state: utf8('{}'),
  outward: [
    { to: 'out', topic: 'message.user:alice', type: 'm', format: 'binary', data: counting(3, 253) },
    { to: 'event', topic: 'room:42', type: 'joined', format: 'json', data: utf8('null') },
  ],
  handled: { session: 's-1', n: 4 },
  presence: { session: 's-1', connection: 2, gateway: 'g-1@7', user: 'alice', open: true },
  failure: '',
  strikes: [39, 40],
};

const bareRecord: InputRecord = {
  ...fullRecord,
  idx: 42,
  offset: 10,
  inputId: 'e-77',
  pushes: [],
  replies: [],
  state: undefined,
  outward: [],
  handled: undefined,
  presence: undefined,
  failure: 'handler deadline of 10000 ms',
  strikes: [],
};

const records: readonly LogRecord[] = [
  { kind: 'birth', idx: 40, term: 3, key: 'user:alice' },
  fullRecord,
  bareRecord,
  { kind: 'evict', idx: 43, term: 3, keys: ['user:bob', ''] },
  { kind: 'strike', idx: 44, term: 3, strikes: [41] },
  {
    kind: 'seal',
    idx: 45,
    term: 3,
    strikes: [],
    volatileHandled: [{ key: 'user:alice', session: 's-1', n: 5 }],
  },
  { kind: 'trim', idx: 46, term: 3, beforeMs: 1.75e12 },
];

const stream = { slot: 16383, term: 3, stream: 8 } as const;
const binding = { slot: 513, binding: 2 ** 32 + 1 } as const;
const session = {
  session: 's-1',
  connection: 2,
  key: 'user:alice',
  epoch: '5f0c9a-3-40',
  next: 9,
} as const;
const about = {
  user: 'alice',
  path: '/ws',
  query: 'room=42',
  subprotocol: 'ringway.v1',
  address: '198.51.100.7',
} as const;

export const messageExamples: readonly LinkMessage[] = [
  { type: 'PING', sentAtMs: 12345.5 },
  { type: 'PONG', sentAtMs: 12345.5, confirmationAgeMs: -1, shed: 0.25 },
  {
    type: 'BIND',
    ...binding,
    term: 3,
    sessions: [session, { ...session, session: 's-2', epoch: '', next: 0 }],
  },
  { type: 'OPEN', ...binding, sessions: [session] },
  { type: 'CLOSE', ...binding, session: 's-1', connection: 2 },
  {
    type: 'INPUT',
    ...binding,
    n: 1,
    input: {
      kind: 'event',
      key: 'user:alice',
      id: 'e-77',
      type: 'order.paid',
      source: '/shop',
      format: 'json',
      data: utf8('{"order":7}'),
    },
  },
  {
    type: 'INPUT',
    ...binding,
    n: 2,
    input: {
      kind: 'message',
      key: 'user:alice',
      session: 's-1',
      n: 4,
      format: 'binary',
      data: counting(4, 0),
    },
  },
  {
    type: 'INPUT',
    ...binding,
    n: 3,
    input: { kind: 'open', key: 'user:alice', session: 's-1', connection: 2, about },
  },
  {
    type: 'INPUT',
    ...binding,
    n: 4,
    input: {
      kind: 'close',
      key: 'user:alice',
      session: 's-1',
      connection: 2,
      code: 1001,
      reason: 'tschüß',
    },
  },
  { type: 'DRAIN' },
  {
    type: 'ATTACHED',
    ...binding,
    session: 's-1',
    connection: 2,
    epoch: '5f0c9a-3-40',
    next: 9,
    recovered: false,
    reason: 'window',
  },
  {
    type: 'FRAME',
    ...binding,
    key: 'user:alice',
    epoch: '5f0c9a-3-40',
    from: 8,
    offset: 9,
    pushes: fullRecord.pushes,
    replies: fullRecord.replies,
  },
  { type: 'INPUT_ACK', ...binding, n: 2, failure: '' },
  {
    type: 'SEND',
    ...binding,
    key: 'user:alice',
    session: '',
    kind: 'cursor',
    format: 'text',
    data: utf8('3,4'),
  },
  { type: 'MOVING', ...binding },
  { type: 'NOT_OWNER', ...binding },
  { type: 'PROBE', ...stream, epoch: 3 },
  { type: 'PROBED', ...stream, epoch: 3, length: 40, lastTerm: 2 },
  {
    type: 'SNAPSHOT',
    ...stream,
    epoch: 3,
    part: 0,
    isLast: true,
    length: 43,
    lastTerm: 3,
    keys: [
      {
        key: 'user:alice',
        born: 40,
        nextOffset: 11,
        records: [bareRecord],
        lostBefore: 9,
        lostReplies: [{ session: 's-2', before: 10 }],
        ids: [{ id: 'e-77', idx: 42 }],
        state: utf8('{}'),
        handled: [{ session: 's-1', n: 4, idx: 41 }],
        presence: [{ session: 's-1', connection: 2, gateway: 'g-1@7', user: 'alice' }],
      },
    ],
    outbox: [{ idx: 41, inputId: 's-1#4', outward: fullRecord.outward }],
  },
  { type: 'APPEND', ...stream, from: 40, records },
  { type: 'APPENDED', ...stream, length: Number.MAX_SAFE_INTEGER },
  { type: 'RESYNC', ...stream },
  { type: 'FENCED', slot: 0, term: 4 },
];
