/**
 * What comes in on one connection: sorts whole answers, and gives the package's parser only those
 * that it understands. Notifications and authentication never reach it; an error code that it
 * does not know reaches it as another one.
 */
import { messageOf } from '../base/index.ts';
import { isKnownToParser, serverCodes } from './zookeeper-errors.ts';
import {
  FrameSplitter,
  readNotificationPath,
  readReplyHeader,
  withErr,
  xids,
} from './zookeeper-frames.ts';

export interface IntakeOptions {
  /** Takes one whole answer; may throw anything. */
  parse(frame: Buffer): void;
  /** The first answer was parsed. */
  onHandshake(): void;
  /** 0 = the credentials were taken. */
  onAuthenticated(err: number): void;
  /** A watch fired; undefined = it could not be told which. */
  onNotification(path: string | undefined): void;
}

export class Intake {
  private readonly options: IntakeOptions;
  private readonly frames = new FrameSplitter();
  private isHandshakeDone = false;
  private zxid = 0n;
  private err = 0;

  constructor(options: IntakeOptions) {
    this.options = options;
  }

  get lastZxid(): bigint {
    return this.zxid;
  }

  /** As the server sent it. */
  get lastErr(): number {
    return this.err;
  }

  /** Why the connection is of no use any more, if so; `isOver` may become true with any answer. */
  push(bytes: Buffer, isOver: () => boolean): string | undefined {
    const frames = attempt(() => this.frames.push(bytes));
    if ('problem' in frames) return frames.problem;
    for (const frame of frames.value) {
      if (isOver()) return undefined;
      const problem = this.isHandshakeDone ? this.reply(frame) : this.handshake(frame);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  private handshake(frame: Buffer): string | undefined {
    const parsed = attempt(() => this.options.parse(frame));
    if ('problem' in parsed) return parsed.problem;
    this.isHandshakeDone = true;
    this.options.onHandshake();
    return undefined;
  }

  private reply(frame: Buffer): string | undefined {
    const header = attempt(() => readReplyHeader(frame));
    if ('problem' in header) return header.problem;
    const { xid, zxid, err } = header.value;
    const { parse } = this.options;
    if (xid === xids.notification) this.options.onNotification(readNotificationPath(frame));
    else if (xid === xids.authentication) this.options.onAuthenticated(err);
    if (Object.values<number>(xids).includes(xid)) return undefined;
    if (zxid > this.zxid) this.zxid = zxid;
    this.err = err;
    const isKnown = isKnownToParser(err);
    const parsed = attempt(() => parse(isKnown ? frame : withErr(frame, serverCodes.systemError)));
    if ('problem' in parsed) return parsed.problem;
    return err === serverCodes.sessionMoved ? 'the session moved to another server' : undefined;
  }
}

/** For what throws at bytes that it does not like. */
function attempt<T>(read: () => T): { readonly value: T } | { readonly problem: string } {
  try {
    return { value: read() };
  } catch (error) {
    return { problem: `unreadable answer: ${messageOf(error)}` };
  }
}
