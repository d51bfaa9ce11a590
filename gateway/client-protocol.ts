/**
 * What a gateway says to a client and hears from it, independent of how that looks in frames.
 * Two flavours: `protocol-raw.ts` (the application's own bytes) and `protocol-v1.ts`
 * (`ringway.v1`). Encoded frames are complete and shared by all sockets of their flavour.
 */
import type { Offset } from '../base/index.ts';
import type { Format, Push } from '../link/index.ts';
import type { CloseCode } from './close-codes.ts';

export interface Welcome {
  readonly session: string;
  readonly key: string;
  readonly epoch: string;
  readonly offset: Offset;
  readonly recovered: boolean;
  /** '' when recovered. */
  readonly reason: string;
}

export interface ReplyPart {
  readonly format: Format;
  readonly data: Uint8Array;
}

/** A client's message, or how the connection ends because of it. */
export type Heard =
  | { readonly ok: true; readonly n: number; readonly format: Format; readonly data: Uint8Array }
  | { readonly ok: false; readonly close: CloseCode };

/** The message number that may come next: exactly this one, or this one and any above. */
export interface Expected {
  readonly n: number;
  readonly isExact: boolean;
}

export interface ClientProtocol {
  /** Echoed in the handshake when the client offered it. */
  readonly subprotocol: string;
  /** Frames, or undefined where the flavour has no word for it. */
  welcome(welcome: Welcome): Buffer | undefined;
  /** One record: it reaches the client as a whole or not at all. */
  record(offset: Offset, pushes: readonly Push[], replies: readonly ReplyPart[]): Buffer;
  /** `type` '' = a reply. */
  volatile(type: string, part: ReplyPart): Buffer;
  accepted(n: number, failure: string): Buffer | undefined;
  goaway(retryAfterMs: number): Buffer | undefined;
  hear(message: Buffer, isBinary: boolean, expected: Expected): Heard;
  /** How a hole in the stream is told: undefined = by a second welcome. */
  readonly lossClose: CloseCode | undefined;
}
