/**
 * What clients and publishers write down of a run, in the order of time: the input of the
 * history checker (`history.ts`).
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
    }
  | {
      readonly kind: 'disconnected';
      readonly atMs: number;
      readonly client: string;
      readonly code: number;
    }
  | {
      readonly kind: 'event.received';
      readonly atMs: number;
      readonly client: string;
      readonly id: string;
      /** Absent for raw clients. */
      readonly offset?: number;
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
  /** The application's answer to that message. */
  | {
      readonly kind: 'reply.received';
      readonly atMs: number;
      readonly client: string;
      readonly id: string;
    };
