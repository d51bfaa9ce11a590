/**
 * The gateway's step function seen from outside. It keeps every input until the owner has
 * acknowledged it, holds the sessions' positions, and decides which worker hears what.
 * The shell (`gateway.ts`) does sockets, links and the bus; the fault simulator does them too.
 */
import type { BootId, KeyEpoch, Offset } from '../base/index.ts';
import type { View } from '../cluster/index.ts';
import type { Format, LinkMessage, Push, SessionAbout } from '../link/index.ts';

export interface EventInput {
  readonly id: string;
  readonly key: string;
  readonly type: string;
  readonly source: string;
  readonly format: Format;
  readonly data: Uint8Array;
}

export type GatewayInput =
  | { readonly kind: 'view'; readonly view: View }
  /** A leader-confirmed operation was answered (relayed to workers by rule L3). */
  | { readonly kind: 'confirmed'; readonly sentAtMs: number }
  | { readonly kind: 'linked'; readonly peer: BootId; readonly connection: number }
  | { readonly kind: 'unlinked'; readonly peer: BootId; readonly connection: number }
  | {
      readonly kind: 'message';
      readonly peer: BootId;
      readonly connection: number;
      readonly message: LinkMessage;
    }
  | {
      readonly kind: 'session.open';
      readonly session: string;
      readonly connection: number;
      readonly key: string;
      /** Where a resuming client stands; undefined = at the head. */
      readonly position: { readonly epoch: KeyEpoch; readonly next: Offset } | undefined;
      readonly about: SessionAbout;
    }
  | {
      readonly kind: 'session.message';
      readonly session: string;
      readonly n: number;
      readonly format: Format;
      readonly data: Uint8Array;
    }
  | {
      readonly kind: 'session.close';
      readonly session: string;
      readonly code: number;
      readonly reason: string;
    }
  /** An event from the bus; `ref` comes back in `event.done`. */
  | {
      readonly kind: 'event';
      readonly ref: number;
      readonly partition: number;
      readonly event: EventInput;
    }
  /** The partition's channel is gone: its events are no longer ours (rule B9). */
  | { readonly kind: 'events.withdrawn'; readonly partition: number }
  | { readonly kind: 'tick' };

export type GatewayEffect =
  | { readonly kind: 'send'; readonly peer: BootId; readonly message: LinkMessage }
  | { readonly kind: 'read' }
  /** First attach: answer the handshake. Later only when `recovered` is false. */
  | {
      readonly kind: 'attached';
      readonly session: string;
      readonly epoch: KeyEpoch;
      readonly next: Offset;
      readonly recovered: boolean;
      readonly reason: string;
      readonly isFirst: boolean;
    }
  /** One record for these sessions of one key: the pushes for all, and each one's own replies. */
  | {
      readonly kind: 'frame';
      readonly key: string;
      readonly offset: Offset;
      readonly pushes: readonly Push[];
      readonly sessions: readonly {
        readonly session: string;
        readonly replies: readonly { readonly format: Format; readonly data: Uint8Array }[];
      }[];
    }
  /** Volatile (A2): no offset. */
  | {
      readonly kind: 'volatile';
      readonly sessions: readonly string[];
      /** '' = a reply, else the type of a push. */
      readonly type: string;
      readonly format: Format;
      readonly data: Uint8Array;
    }
  /** The client's message is handled; '' = well, else why it failed. */
  | {
      readonly kind: 'accepted';
      readonly session: string;
      readonly n: number;
      readonly failure: string;
    }
  | { readonly kind: 'event.done'; readonly ref: number; readonly failure: string }
  /** Stop, or go on, reading the session's socket. */
  | { readonly kind: 'pause'; readonly session: string }
  | { readonly kind: 'unpause'; readonly session: string }
  /** Close the session's socket; the core has forgotten it already. */
  | {
      readonly kind: 'close';
      readonly session: string;
      readonly code: number;
      readonly reason: string;
    }
  | {
      readonly kind: 'note';
      readonly level: 'info' | 'warn' | 'error';
      readonly event: string;
      readonly fields?: Readonly<Record<string, unknown>>;
    };

export interface GatewayLimits {
  /** Wait before binding again after MOVING without news of the table. */
  readonly rebindAfterMs: number;
  /** Inputs held per session before its socket is paused. */
  readonly heldPerSessionMax: number;
  /** No worker link at all for this long: sockets are closed with a retryable code (A7). */
  readonly orphanTimeoutMs: number;
  readonly pingIntervalMs: number;
  /** Sessions listed in one BIND or OPEN. */
  readonly sessionsPerBindMax: number;
}
