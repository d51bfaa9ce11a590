/**
 * Pipes in memory for link hosts: bytes and closings lie in queues until the test delivers them,
 * in an order that it draws, first in first out in each direction. A turn of the event loop is
 * one delivery, after which what waits for the end of the turn runs.
 */
import type { Random } from '../../../base/index.ts';
import { LinkError } from '../../../link/errors.ts';
import type { ListenAddress, Pipe, PipeListener, Transport } from '../../../link/pipe.ts';

interface End extends Pipe {
  listener: PipeListener | undefined;
  other: End | undefined;
  isOpen: boolean;
  readonly inbox: (() => void)[];
}

export class MemoryNetwork {
  readonly #listening = new Map<string, (pipe: Pipe) => PipeListener>();
  readonly #ends = new Set<End>();
  #turnEnd: (() => void)[] = [];
  #ports = 0;
  /** Bytes reported as waiting in each pipe. */
  queuedBytes = 0;

  /** Every write on every pipe, in order. */
  readonly writes: Buffer[] = [];

  /** Attempts to dial so far. */
  dials = 0;

  /** Connections with both ends open. */
  get connections(): number {
    return [...this.#ends].filter((end) => end.isOpen && end.other?.isOpen).length / 2;
  }

  /** Whether nothing is on its way. */
  get isQuiet(): boolean {
    return this.#turnEnd.length === 0 && this.#busy().length === 0;
  }

  transport(): Transport {
    const own = new Set<End>();
    let address: string | undefined;
    return {
      dial: (to, listener) => {
        this.dials += 1;
        const end = this.#end(own);
        end.listener = listener;
        end.inbox.push(() => this.#connect(end, to));
        return end;
      },
      listen: (at: ListenAddress, accept) => {
        this.#ports += 1;
        address = `${at.host}:${at.port === 0 ? this.#ports : at.port}`;
        this.#listening.set(address, (pipe) => {
          own.add(pipe as End);
          return accept(pipe);
        });
        return Promise.resolve(address);
      },
      atEndOfTurn: (task) => void this.#turnEnd.push(task),
      close: () => {
        if (address !== undefined) this.#listening.delete(address);
        for (const end of own) end.destroy();
        return Promise.resolve();
      },
    };
  }

  endTurn(): void {
    const tasks = this.#turnEnd;
    this.#turnEnd = [];
    for (const task of tasks) task();
  }

  /** One delivery, drawn among the pipes that have one. @returns whether there was any. */
  deliver(random: Random): boolean {
    this.endTurn();
    const busy = this.#busy();
    const end = busy[random.int(busy.length)];
    if (end === undefined) return false;
    end.inbox.shift()?.();
    this.endTurn();
    return true;
  }

  /** Delivers until nothing is on its way. */
  settle(random: Random): void {
    while (this.deliver(random));
  }

  /** Breaks every connection, as a pulled cable that both ends notice. */
  cut(): void {
    for (const end of this.#ends) {
      if (!end.isOpen || end.other === undefined) continue;
      end.inbox.length = 0;
      this.#close(end, new LinkError('link.reset', 'cut'));
    }
  }

  /** From now on nothing arrives any more, and nobody is told. */
  silence(): void {
    for (const end of this.#ends) {
      end.inbox.length = 0;
      end.other = undefined;
    }
  }

  #busy(): End[] {
    return [...this.#ends].filter(({ inbox }) => inbox.length > 0);
  }

  #connect(dialler: End, to: string): void {
    if (!dialler.isOpen) return;
    const accept = this.#listening.get(to);
    if (accept === undefined) {
      this.#close(dialler, new LinkError('link.refused', `nobody listens on ${to}`));
      return;
    }
    const acceptor = this.#end(new Set());
    dialler.other = acceptor;
    acceptor.other = dialler;
    acceptor.listener = accept(acceptor);
    dialler.inbox.push(() => dialler.listener?.onOpen());
  }

  #end(own: Set<End>): End {
    const end: End = {
      listener: undefined,
      other: undefined,
      isOpen: true,
      inbox: [],
      write: (bytes) => {
        if (!end.isOpen) return;
        this.writes.push(bytes);
        const to = end.other;
        to?.inbox.push(() => to.listener?.onBytes(bytes));
      },
      queuedBytes: () => this.queuedBytes,
      finish: () => this.#finish(end),
      destroy: () => this.#finish(end),
    };
    own.add(end);
    this.#ends.add(end);
    return end;
  }

  /** This end hears nothing more; the other one reads what was written, then the end. */
  #finish(end: End): void {
    if (!end.isOpen) return;
    end.inbox.length = 0;
    this.#close(end, new LinkError('link.ended', 'closed here'));
    const to = end.other;
    to?.inbox.push(() => {
      if (to.isOpen) this.#close(to, new LinkError('link.ended', 'the other end closed'));
    });
  }

  #close(end: End, error: LinkError): void {
    end.isOpen = false;
    end.inbox.push(() => {
      this.#ends.delete(end);
      end.listener?.onClosed(error);
    });
  }
}
