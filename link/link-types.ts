/** The words of the link's state machine (`link-state.ts`): phases, inputs, effects, endings. */
import type { BootId } from '../base/index.ts';
import type { LinkError } from './errors.ts';
import type { HandshakeMessage, Hello, LinkIdentity, Refusal, Transcript } from './handshake.ts';
import type { Bytes } from './messages.ts';
import type { LinkLimits } from './options.ts';

/** A refusal repeats words of the peer and still fits a handshake frame. */
const detailCharsMax = 200;

export type LinkState =
  | { readonly phase: 'connecting'; readonly deadlineMs: number }
  | { readonly phase: 'challenge.awaited'; readonly deadlineMs: number; readonly hello: Hello }
  | { readonly phase: 'welcome.awaited'; readonly deadlineMs: number; readonly said: Transcript }
  | { readonly phase: 'hello.awaited'; readonly deadlineMs: number }
  | { readonly phase: 'proof.awaited'; readonly deadlineMs: number; readonly said: Transcript }
  /** The peer is who it says; the host decides at once whether its connection may stay. */
  | { readonly phase: 'admission.awaited'; readonly deadlineMs: number; readonly said: Transcript }
  | { readonly phase: 'linked'; readonly peer: LinkIdentity; readonly heardAtMs: number }
  | { readonly phase: 'closed'; readonly error: LinkError };

export type LinkInput =
  | { readonly kind: 'opened' }
  | { readonly kind: 'said'; readonly message: HandshakeMessage }
  | { readonly kind: 'admitted'; readonly isDuplicate: boolean }
  /** Bytes arrived on a link. */
  | { readonly kind: 'heard' }
  /** `stalledMs`: how much later than planned this tick is, because this process did not run. */
  | { readonly kind: 'tick'; readonly stalledMs: number }
  /** The pipe, the decoder, the host or the send queue gave up. */
  | { readonly kind: 'failed'; readonly error: LinkError };

export type LinkEffect =
  | { readonly kind: 'say'; readonly message: HandshakeMessage }
  | { readonly kind: 'admit'; readonly peer: LinkIdentity }
  | { readonly kind: 'up'; readonly peer: LinkIdentity }
  /** Rule L7: the peer proved the secret and serves another cluster. */
  | { readonly kind: 'foreign'; readonly peer: BootId }
  /** Rule C11′: `newer` proved the secret; it is a later boot of the same id. */
  | { readonly kind: 'superseded'; readonly older: BootId; readonly newer: BootId }
  /** `isGraceful`: what was said goes out first. */
  | { readonly kind: 'close'; readonly error: LinkError; readonly isGraceful: boolean };

/** What one connection knows from its beginning. */
export interface LinkContext {
  readonly me: LinkIdentity;
  readonly secret: string;
  readonly nonce: Bytes;
  /** The boot that is dialled; undefined for an acceptor. */
  readonly wanted: BootId | undefined;
  readonly limits: LinkLimits;
}

export interface LinkStep {
  readonly state: LinkState;
  readonly effects: readonly LinkEffect[];
}

/** Gives up without a word. */
export function closed(error: LinkError, before: readonly LinkEffect[] = []): LinkStep {
  return {
    state: { phase: 'closed', error },
    effects: [...before, { kind: 'close', error, isGraceful: false }],
  };
}

/** Gives up and says why. */
export function refused(
  refusal: Refusal,
  error: LinkError,
  mac: Bytes | undefined = undefined,
  before: readonly LinkEffect[] = [],
): LinkStep {
  const message = {
    type: 'REFUSED',
    refusal,
    detail: error.message.slice(0, detailCharsMax),
    mac,
  } as const;
  return {
    state: { phase: 'closed', error },
    effects: [...before, { kind: 'say', message }, { kind: 'close', error, isGraceful: true }],
  };
}
