/**
 * One connection: runs the link's step function over a pipe, decodes what arrives and gathers
 * what is sent. Everything that is sent in one turn goes out in one write: the host flushes at
 * the end of the turn. Nothing that a peer does is thrown out of here; it ends the connection.
 */
import type { BootId, Clock } from '../base/index.ts';
import { decodeMessage, typesAllowed } from './decode.ts';
import { FrameDecoder } from './decoder.ts';
import { encodeMessage } from './encode.ts';
import { LinkError } from './errors.ts';
import type { Frame } from './frame.ts';
import { decodeHandshake, encodedHandshake, type LinkIdentity } from './handshake.ts';
import { initialState, step } from './link-state.ts';
import type { LinkContext, LinkEffect, LinkInput, LinkState } from './link-types.ts';
import type { LinkMessage } from './messages.ts';
import type { Pipe, PipeListener } from './pipe.ts';
import { Writer } from './writer.ts';

/** What a connection tells its host, synchronously. */
export interface ConnectionEvents {
  /** The peer is authenticated: is its connection one too many? */
  isDuplicate(connection: Connection, peer: LinkIdentity): boolean;
  onUp(connection: Connection, peer: LinkIdentity): void;
  onMessage(connection: Connection, peer: BootId, message: LinkMessage): void;
  onForeign(peer: BootId): void;
  onSuperseded(older: BootId, newer: BootId): void;
  /** Once, last. */
  onClosed(connection: Connection, error: LinkError): void;
  /** Something waits to be flushed at the end of the turn. */
  onDirty(connection: Connection): void;
}

export class Connection implements PipeListener {
  readonly #context: LinkContext;
  readonly #clock: Clock;
  readonly #events: ConnectionEvents;
  readonly #decoder: FrameDecoder;
  readonly #out = new Writer();
  #pipe: Pipe | undefined;
  #state: LinkState;
  #peer: BootId | undefined;
  #allowed: ReadonlySet<LinkMessage['type']> = new Set();
  /** The number that the host gave it when it came up. */
  number = 0;

  constructor(context: LinkContext, clock: Clock, events: ConnectionEvents) {
    this.#context = context;
    this.#clock = clock;
    this.#events = events;
    this.#decoder = new FrameDecoder(
      context.limits.handshakeFrameBytesMax,
      'handshakeFrameBytesMax',
    );
    this.#peer = context.wanted;
    this.#state = initialState(context, clock.nowMs());
  }

  get phase(): LinkState['phase'] {
    return this.#state.phase;
  }

  get isDialled(): boolean {
    return this.#context.wanted !== undefined;
  }

  /** The boot at the other end as far as it is known: proved, or the one that was dialled. */
  get peer(): BootId | undefined {
    return this.#peer;
  }

  attach(pipe: Pipe): void {
    this.#pipe = pipe;
  }

  onOpen(): void {
    this.#step({ kind: 'opened' });
  }

  onBytes(chunk: Buffer): void {
    if (this.#state.phase === 'closed') return;
    this.#step({ kind: 'heard' });
    const frames = this.#decoder.push(chunk);
    while (this.phase !== 'closed') {
      const message = this.#next(frames);
      if (message === undefined) return;
      // Outside of `#next`: an error of the receiver is its own bug, not the peer's.
      if (message !== 'handled') this.#events.onMessage(this, this.#peer as BootId, message);
    }
  }

  onClosed(error: LinkError): void {
    this.close(error);
  }

  tick(stalledMs: number): void {
    this.#step({ kind: 'tick', stalledMs });
  }

  close(error: LinkError): void {
    this.#step({ kind: 'failed', error });
  }

  /** Appends to what goes out at the end of the turn. */
  send(message: LinkMessage): void {
    if (this.#state.phase !== 'linked') return;
    const wasEmpty = this.#out.length === 0;
    try {
      encodeMessage(this.#out, message, this.#context.limits.frameBytesMax);
    } catch (error) {
      // A stream with a hole would be worse than none: the protocol starts over on a new link.
      this.#failBy(error);
      return;
    }
    const queuedBytes = this.#out.length + (this.#pipe?.queuedBytes() ?? 0);
    const { sendBytesMax } = this.#context.limits;
    if (queuedBytes > sendBytesMax) {
      const text = `${queuedBytes} bytes queued to ${this.peer} exceed sendBytesMax ${sendBytesMax}`;
      this.close(new LinkError('link.send_queue_full', text));
    } else if (wasEmpty) {
      this.#events.onDirty(this);
    }
  }

  flush(): void {
    if (this.#out.length > 0 && this.#state.phase === 'linked') this.#pipe?.write(this.#out.take());
  }

  /** The next message; `handled` when a frame was for the link itself; undefined = no more. */
  #next(frames: Iterator<Frame, void>): LinkMessage | 'handled' | undefined {
    try {
      const { value: frame } = frames.next();
      if (frame === undefined) return undefined;
      if (this.#state.phase !== 'linked') {
        this.#step({ kind: 'said', message: decodeHandshake(frame) });
        return 'handled';
      }
      const message = decodeMessage(frame);
      if (message === undefined) return 'handled';
      if (this.#allowed.has(message.type)) return message;
      throw new LinkError('link.unexpected_type', `${message.type} from ${this.peer}`);
    } catch (error) {
      this.#failBy(error);
      return undefined;
    }
  }

  #failBy(error: unknown): void {
    if (!(error instanceof LinkError)) throw error;
    this.close(error);
  }

  #step(input: LinkInput): void {
    const { state, effects } = step(this.#context, this.#state, input, this.#clock.nowMs());
    this.#state = state;
    for (const effect of effects) this.#carryOut(effect);
  }

  #carryOut(effect: LinkEffect): void {
    switch (effect.kind) {
      case 'say':
        this.#pipe?.write(
          encodedHandshake(effect.message, this.#context.limits.handshakeFrameBytesMax),
        );
        return;
      case 'admit':
        this.#step({
          kind: 'admitted',
          isDuplicate: this.#events.isDuplicate(this, effect.peer),
        });
        return;
      case 'up':
        this.#peer = effect.peer.boot;
        this.#decoder.allow(this.#context.limits.frameBytesMax);
        this.#allowed = typesAllowed(effect.peer.role, this.#context.me.role);
        this.#events.onUp(this, effect.peer);
        return;
      case 'foreign':
        this.#events.onForeign(effect.peer);
        return;
      case 'superseded':
        this.#events.onSuperseded(effect.older, effect.newer);
        return;
      case 'close':
        if (effect.isGraceful) this.#pipe?.finish();
        else this.#pipe?.destroy();
        this.#events.onClosed(this, effect.error);
        return;
    }
  }
}
