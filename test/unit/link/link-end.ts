/** One end of a connection as its step function sees it, stepped by hand, without any pipe. */
import { present } from '../../../base/index.ts';
import {
  decodeHandshake,
  encodedHandshake,
  type HandshakeMessage,
  type LinkIdentity,
} from '../../../link/handshake.ts';
import { initialState, step } from '../../../link/link-state.ts';
import type { LinkContext, LinkEffect, LinkInput, LinkState } from '../../../link/link-types.ts';
import { parseLinkLimits } from '../../../link/options.ts';
import { framesIn } from './bytes.ts';
import { secret } from './link-stage.ts';

export const limits = parseLinkLimits();
export const gateway: LinkIdentity = { boot: 'g-1@7', role: 'gateway', cluster: 'c1' };
export const worker: LinkIdentity = { boot: 'w-3@12', role: 'worker', cluster: 'c1' };

/** One end of a connection, stepped by hand. */
export class End {
  readonly context: LinkContext;
  readonly effects: LinkEffect[] = [];
  state: LinkState;
  nowMs = 0;

  constructor(context: Partial<LinkContext> & { readonly me: LinkIdentity }) {
    this.context = { secret, nonce: Buffer.alloc(32, 1), wanted: undefined, limits, ...context };
    this.state = initialState(this.context, 0);
  }

  do(input: LinkInput): this {
    const { state, effects } = step(this.context, this.state, input, this.nowMs);
    this.state = state;
    for (const effect of effects) {
      this.effects.push(effect);
      if (effect.kind === 'admit') this.do({ kind: 'admitted', isDuplicate: false });
    }
    return this;
  }

  hears(message: HandshakeMessage): this {
    // Through bytes, as on the wire.
    const [frame] = framesIn(encodedHandshake(message, 1024));
    return this.do({ kind: 'said', message: decodeHandshake(present(frame, 'frame')) });
  }

  /** The last thing it said. */
  get said(): HandshakeMessage {
    const says = this.effects.filter((effect) => effect.kind === 'say');
    return present(says.at(-1), 'say').message;
  }

  get kinds(): string[] {
    return this.effects.map(({ kind }) => kind);
  }

  get closedWith(): string {
    return this.state.phase === 'closed' ? this.state.error.code : this.state.phase;
  }
}

export function dialler(more: Partial<LinkContext> = {}): End {
  const end = new End({ me: gateway, nonce: Buffer.alloc(32, 9), wanted: worker.boot, ...more });
  return end.do({ kind: 'opened' });
}

export const acceptor = (more: Partial<LinkContext> = {}): End => new End({ me: worker, ...more });

/** HELLO, CHALLENGE and PROOF between the two; the acceptor has judged. */
export function introduced(from: End, to: End): void {
  to.hears(from.said);
  from.hears(to.said);
  to.hears(from.said);
}
