/**
 * What is said on a link, as values. How each message looks in bytes is `codec.ts`; when it is
 * said, and what it means, is decided by the step functions of `worker/` and `gateway/`.
 * The normative text is docs/protocol.md. `Bytes` fields are opaque to the link.
 */
import type { BootId, Idx, KeyEpoch, Offset, Slot, Term } from '../base/index.ts';

export type Bytes = Uint8Array;

/** How the bytes of a payload are to be read: JSON text, other UTF-8 text, or neither. */
export type Format = 'json' | 'text' | 'binary';

/** Something to show to every socket of a key. */
export interface Push {
  readonly id: string;
  readonly type: string;
  readonly format: Format;
  readonly data: Bytes;
}

/** Something to show to one session only. */
export interface Reply {
  readonly session: string;
  readonly format: Format;
  readonly data: Bytes;
}

/** A message that leaves Ringway: to backends (`ringway.out`) or, as an event, to another key. */
export interface Outward {
  /** `out`: topic exchange for backends. `event`: an event for the key named in `topic`. */
  readonly to: 'out' | 'event';
  /** `message.<key>`, `presence.<key>`, `undelivered.<key>`; for `event` the other key. */
  readonly topic: string;
  readonly type: string;
  readonly format: Format;
  readonly data: Bytes;
}

/** What an application may know of the client behind a session. */
export interface SessionAbout {
  /** The authenticated subject. */
  readonly user: string;
  readonly path: string;
  readonly query: string;
  readonly subprotocol: string;
  /** Address of the client as the gateway sees it. */
  readonly address: string;
}

/** A thing that happens to a key. Identity (for dedupe, rule H1): see `inputId` in worker/. */
export type Input =
  | {
      readonly kind: 'event';
      readonly key: string;
      readonly id: string;
      readonly type: string;
      readonly source: string;
      readonly format: Format;
      readonly data: Bytes;
    }
  | {
      readonly kind: 'message';
      readonly key: string;
      readonly session: string;
      /** Counts the session's messages from 1. */
      readonly n: number;
      readonly format: Format;
      readonly data: Bytes;
    }
  | {
      readonly kind: 'open';
      readonly key: string;
      readonly session: string;
      readonly connection: number;
      readonly about: SessionAbout;
    }
  | {
      readonly kind: 'close';
      readonly key: string;
      readonly session: string;
      readonly connection: number;
      readonly code: number;
      readonly reason: string;
    };

/** A session as a gateway lists it: where it stands, or nowhere yet (`epoch` = ''). */
export interface SessionRef {
  readonly session: string;
  /** Rises with each socket of a resumed session. */
  readonly connection: number;
  readonly key: string;
  readonly epoch: KeyEpoch;
  readonly next: Offset;
}

/** What one input did to its key: replicated as a whole, then all its effects (amendment A1). */
export interface InputRecord {
  readonly kind: 'input';
  readonly idx: Idx;
  readonly term: Term;
  readonly key: string;
  readonly offset: Offset;
  /** Wall-clock milliseconds at the owner that appended it. */
  readonly atMs: number;
  readonly inputId: string;
  readonly pushes: readonly Push[];
  readonly replies: readonly Reply[];
  /** The key's state after this input; undefined = unchanged. */
  readonly state: Bytes | undefined;
  readonly outward: readonly Outward[];
  /** For a client message: whose, and which number is now handled. */
  readonly handled: { readonly session: string; readonly n: number } | undefined;
  /** A session that this input opened or closed. */
  readonly presence:
    | {
        readonly session: string;
        readonly connection: number;
        readonly gateway: BootId;
        readonly user: string;
        readonly open: boolean;
      }
    | undefined;
  /** Why the handler failed for good; '' when it did not. */
  readonly failure: string;
  /** Records whose outward messages are confirmed (rule O2). */
  readonly strikes: readonly Idx[];
}

export type LogRecord =
  | InputRecord
  /** A key begins: its epoch is this record's idx. Takes no offset. */
  | { readonly kind: 'birth'; readonly idx: Idx; readonly term: Term; readonly key: string }
  /** Offline keys are forgotten. */
  | {
      readonly kind: 'evict';
      readonly idx: Idx;
      readonly term: Term;
      readonly keys: readonly string[];
    }
  | {
      readonly kind: 'strike';
      readonly idx: Idx;
      readonly term: Term;
      readonly strikes: readonly Idx[];
    }
  /** The owner takes no more inputs in this term; what a volatile application handled. */
  | {
      readonly kind: 'seal';
      readonly idx: Idx;
      readonly term: Term;
      readonly strikes: readonly Idx[];
      readonly volatileHandled: readonly {
        readonly key: string;
        readonly session: string;
        readonly n: number;
      }[];
    }
  /** Records stamped earlier are no longer kept, the newest of each key excepted. */
  | {
      readonly kind: 'trim';
      readonly idx: Idx;
      readonly term: Term;
      readonly beforeMs: number;
    };

/** All that a copy knows of one key; part of a snapshot. */
export interface KeyImage {
  readonly key: string;
  readonly born: Idx;
  readonly nextOffset: Offset;
  readonly records: readonly InputRecord[];
  /** A session that stands lower has missed pushes that are no longer kept. */
  readonly lostBefore: Offset;
  /** The same for replies, by session. */
  readonly lostReplies: readonly { readonly session: string; readonly before: Offset }[];
  readonly ids: readonly { readonly id: string; readonly idx: Idx }[];
  readonly state: Bytes | undefined;
  readonly handled: readonly { readonly session: string; readonly n: number; readonly idx: Idx }[];
  readonly presence: readonly {
    readonly session: string;
    readonly connection: number;
    readonly gateway: BootId;
    readonly user: string;
  }[];
}

/** Outward messages of one record that are not struck off yet. */
export interface OutwardEntry {
  readonly idx: Idx;
  readonly inputId: string;
  readonly outward: readonly Outward[];
}

/** worker ↔ worker: probing, copying and appending (rules S1–S4). */
export type CopyMessage =
  | {
      readonly type: 'PROBE';
      readonly slot: Slot;
      readonly term: Term;
      readonly stream: number;
      readonly epoch: number;
    }
  | {
      readonly type: 'PROBED';
      readonly slot: Slot;
      readonly term: Term;
      readonly stream: number;
      /** 0 = no copy at all. */
      readonly epoch: number;
      readonly length: Idx;
      readonly lastTerm: Term;
    }
  | {
      readonly type: 'SNAPSHOT';
      readonly slot: Slot;
      readonly term: Term;
      readonly stream: number;
      readonly epoch: number;
      /** 0, 1, 2, … */
      readonly part: number;
      readonly isLast: boolean;
      readonly length: Idx;
      readonly lastTerm: Term;
      readonly keys: readonly KeyImage[];
      readonly outbox: readonly OutwardEntry[];
    }
  | {
      /** Continues a copy that matches; also every later batch of records. */
      readonly type: 'APPEND';
      readonly slot: Slot;
      readonly term: Term;
      readonly stream: number;
      readonly from: Idx;
      readonly records: readonly LogRecord[];
    }
  | {
      readonly type: 'APPENDED';
      readonly slot: Slot;
      readonly term: Term;
      readonly stream: number;
      /** The copy holds everything below. */
      readonly length: Idx;
    }
  | {
      readonly type: 'RESYNC';
      readonly slot: Slot;
      readonly term: Term;
      readonly stream: number;
    }
  | { readonly type: 'FENCED'; readonly slot: Slot; readonly term: Term };

/** gateway → worker: bindings and inputs (rules B1–B3). */
export type GatewayToWorker =
  | {
      readonly type: 'BIND';
      readonly slot: Slot;
      readonly binding: number;
      readonly term: Term;
      readonly sessions: readonly SessionRef[];
    }
  | {
      readonly type: 'OPEN';
      readonly slot: Slot;
      readonly binding: number;
      readonly sessions: readonly SessionRef[];
    }
  | {
      readonly type: 'CLOSE';
      readonly slot: Slot;
      readonly binding: number;
      readonly session: string;
      readonly connection: number;
    }
  | {
      readonly type: 'INPUT';
      readonly slot: Slot;
      readonly binding: number;
      /** Counts from 1 in each binding. */
      readonly n: number;
      readonly input: Input;
    }
  /** An operator asks this worker, through a gateway, to leave the ring. */
  | { readonly type: 'DRAIN' };

/** worker → gateway. */
export type WorkerToGateway =
  | {
      readonly type: 'INPUT_ACK';
      readonly slot: Slot;
      readonly binding: number;
      readonly n: number;
      /** '' = done; else why the application failed on it for good. */
      readonly failure: string;
    }
  | {
      readonly type: 'ATTACHED';
      readonly slot: Slot;
      readonly binding: number;
      readonly session: string;
      readonly connection: number;
      readonly epoch: KeyEpoch;
      readonly next: Offset;
      readonly recovered: boolean;
      /** Why not recovered: '', 'window', 'epoch', 'unknown'. */
      readonly reason: string;
    }
  | {
      readonly type: 'FRAME';
      readonly slot: Slot;
      readonly binding: number;
      readonly key: string;
      readonly epoch: KeyEpoch;
      readonly from: Offset;
      readonly offset: Offset;
      readonly pushes: readonly Push[];
      readonly replies: readonly Reply[];
    }
  /** Volatile (A2): no offset, no promise. `session` '' = every session of the key here. */
  | {
      readonly type: 'SEND';
      readonly slot: Slot;
      readonly binding: number;
      readonly key: string;
      readonly session: string;
      readonly kind: string;
      readonly format: Format;
      readonly data: Bytes;
    }
  | { readonly type: 'MOVING'; readonly slot: Slot; readonly binding: number }
  | { readonly type: 'NOT_OWNER'; readonly slot: Slot; readonly binding: number };

/** Both ways on every link (rule L3); also its heartbeat. */
export type PingMessage =
  /** `sentAtMs`: the sender's own monotonic clock, returned as it came. */
  | { readonly type: 'PING'; readonly sentAtMs: number }
  | {
      readonly type: 'PONG';
      readonly sentAtMs: number;
      /** Age of the newest ZooKeeper confirmation known to the sender; −1 = knows of none. */
      readonly confirmationAgeMs: number;
      /** Part of what the sender holds that is to go, because it holds too much; 0 … 1. */
      readonly shed: number;
    };

export type LinkMessage = CopyMessage | GatewayToWorker | WorkerToGateway | PingMessage;
