/**
 * What the link asks of a transport: byte pipes with backpressure made visible, dialled or
 * accepted. `tcp.ts` is the only one in production; tests have one in memory.
 */
import type { LinkError } from './errors.ts';

export interface PipeListener {
  /** A dialled pipe is connected; not said of an accepted one. */
  onOpen(): void;
  /** `chunk` is not written to again. */
  onBytes(chunk: Buffer): void;
  /** Once, last, and never from within a call of the pipe's own methods. */
  onClosed(error: LinkError): void;
}

export interface Pipe {
  /** Takes over `bytes`. */
  write(bytes: Buffer): void;
  /** Bytes taken and not yet handed to the operating system. */
  queuedBytes(): number;
  /** Closes after what was written is out. */
  finish(): void;
  /** Closes now; what waits is lost. */
  destroy(): void;
}

export interface Transport {
  /** @param address `host:port` */
  dial(address: string, listener: PipeListener): Pipe;
  /**
   * Accepts until closed.
   *
   * @returns the bound address, `host:port`.
   * @throws LinkError `link.listen_failed`
   */
  listen(at: ListenAddress, accept: (pipe: Pipe) => PipeListener): Promise<string>;
  /** Runs `task` once all input of the running event-loop turn has been seen. */
  atEndOfTurn(task: () => void): void;
  /** Stops listening, destroys every pipe, and resolves when all are closed. */
  close(): Promise<void>;
}

export interface ListenAddress {
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
}
