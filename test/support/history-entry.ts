/**
 * What clients and publishers write down of a run, in the order of time: the input of the
 * history checker (`history.ts`). Clients and publishers in processes of their own write the same
 * entries as lines of JSON (`processes/journal.ts`).
 */
export type HistoryEntry =
  /** The publisher's attempt; ids of one publisher and key are in the order of `sent` entries. */
  | {
      readonly kind: 'event.sent';
      readonly atMs: number;
      readonly publisher: string;
      readonly key: string;
      readonly id: string;
    }
  | { readonly kind: 'event.confirmed'; readonly atMs: number; readonly id: string }
  /** A welcome: of a new socket, or a second one on an open socket. */
  | {
      readonly kind: 'welcome';
      readonly atMs: number;
      readonly client: string;
      readonly key: string;
      /** False also for the first welcome of a session: it starts at the head. */
      readonly recovered: boolean;
      /** Where it was welcomed, and as what; for people. */
      readonly gateway?: string;
      readonly session?: string;
      readonly epoch?: string;
      readonly offset?: number;
      readonly reason?: string;
    }
  | {
      readonly kind: 'disconnected';
      readonly atMs: number;
      readonly client: string;
      readonly code: number;
    }
  /** An attempt to connect that came to nothing; for people. */
  | {
      readonly kind: 'refused';
      readonly atMs: number;
      readonly client: string;
      readonly reason: string;
    }
  | {
      readonly kind: 'event.received';
      readonly atMs: number;
      readonly client: string;
      readonly id: string;
      /** Absent for raw clients. */
      readonly offset?: number;
      /** The application's own count of the key's inputs, kept in its state. */
      readonly count?: number;
    }
  | {
      readonly kind: 'message.sent';
      readonly atMs: number;
      readonly client: string;
      readonly id: string;
    }
  | {
      readonly kind: 'message.accepted';
      readonly atMs: number;
      readonly client: string;
      readonly id: string;
    }
  /** Accepted with an error: the handler failed on it. */
  | {
      readonly kind: 'message.failed';
      readonly atMs: number;
      readonly client: string;
      readonly id: string;
      readonly error: string;
    }
  /** The application's answer to that message. */
  | {
      readonly kind: 'reply.received';
      readonly atMs: number;
      readonly client: string;
      readonly id: string;
      readonly offset?: number;
    };
