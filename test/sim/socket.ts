/**
 * One socket between a modelled client and a gateway: ordered both ways, losing what is in
 * flight when it breaks. The gateway's side numbers the messages of raw clients.
 */

import type { GatewayEffect } from '../../gateway/core-types.ts';
import type { Bytes, Push } from '../../link/index.ts';
import type { GatewayProcess } from './gateway-process.ts';
import { Lane } from './schedule.ts';
import type { Surroundings } from './surroundings.ts';

export interface DownFrame {
  readonly kind: 'frame';
  readonly offset: number;
  readonly pushes: readonly Push[];
  readonly replies: readonly { readonly data: Bytes }[];
}

export type Down =
  | DownFrame
  | Extract<GatewayEffect, { kind: 'attached' | 'accepted' | 'volatile' }>;

export interface Up {
  /** 0 = a raw client, the gateway counts. */
  readonly n: number;
  readonly data: Bytes;
}

export interface SocketOwner {
  readonly isRaw: boolean;
  received(socket: Socket, item: Down): void;
  closed(socket: Socket): void;
  /** At the gateway: the handshake has arrived. */
  arrived(socket: Socket): void;
}

export class Socket {
  readonly session: string;
  readonly gateway: GatewayProcess;
  readonly #world: Surroundings;
  readonly #owner: SocketOwner;
  readonly #down: Lane<Down | 'closed'>;
  readonly #up: Lane<Up | 'opened' | 'closed'>;
  /** Each side's own belief. */
  #isOpenAtGateway = false;
  #isOpenAtClient = true;
  #isReading = true;
  #isReadingOn = false;
  #counted = 0;
  #unread: Up[] = [];

  constructor(session: string, gateway: GatewayProcess, owner: SocketOwner, world: Surroundings) {
    this.session = session;
    this.gateway = gateway;
    this.#owner = owner;
    this.#world = world;
    this.#down = new Lane(world.schedule, (item) => this.#atClient(item));
    this.#up = new Lane(world.schedule, (item) => gateway.do(() => this.#atGateway(item)));
  }

  /** Client's side: the handshake. */
  open(): void {
    this.#up.push(this.#delay(), 'opened');
  }

  /** Client's side. */
  send(item: Up): void {
    if (this.#isOpenAtClient) this.#up.push(this.#delay(), item);
  }

  /** Client's side: a clean close, or a break that loses what is in flight. */
  close(isClean: boolean): void {
    if (!this.#isOpenAtClient) return;
    this.#isOpenAtClient = false;
    if (!isClean) {
      this.#up.clear();
      this.#down.clear();
    }
    this.#up.push(this.#delay() + (isClean ? 0 : this.#world.random.int(60)), 'closed');
  }

  /** Gateway's side. */
  down(item: Down): void {
    if (!this.#isOpenAtGateway) return;
    const isLoss = item.kind === 'attached' && !item.isFirst && !item.recovered;
    if (isLoss && this.#owner.isRaw) {
      this.closeAtGateway(4400);
      return;
    }
    this.#down.push(this.#delay(), item);
  }

  /** Gateway's side: stop or go on reading; what came meanwhile waits in the socket. */
  pauseReading(isPaused: boolean): void {
    this.#isReading = !isPaused;
    this.#readNext();
  }

  /** Gateway's side: its core has forgotten the session already. */
  closedByGateway(): void {
    if (!this.#isOpenAtGateway) return;
    this.#isOpenAtGateway = false;
    this.#forget();
    this.#down.push(this.#delay(), 'closed');
  }

  /** Gateway's side: the shell decides to close. */
  closeAtGateway(code: number): void {
    if (!this.#isOpenAtGateway) return;
    this.closedByGateway();
    this.gateway.step({ kind: 'session.close', session: this.session, code, reason: '' });
  }

  /** The gateway's process is gone. */
  brokenByGateway(): void {
    this.#isOpenAtGateway = false;
    this.#down.clear();
    this.#down.push(this.#delay() + this.#world.random.int(20), 'closed');
  }

  #atClient(item: Down | 'closed'): void {
    if (!this.#isOpenAtClient) return;
    if (item !== 'closed') {
      this.#owner.received(this, item);
      return;
    }
    this.#isOpenAtClient = false;
    this.#owner.closed(this);
  }

  #atGateway(item: Up | 'opened' | 'closed'): void {
    if (item === 'opened') {
      this.#isOpenAtGateway = true;
      this.#owner.arrived(this);
      return;
    }
    if (!this.#isOpenAtGateway) return;
    if (item === 'closed') this.closeAtGateway(1001);
    else if (this.#isReading && this.#unread.length === 0) this.#take(item);
    else this.#unread.push(item);
  }

  /** One at a time: any message may make the gateway pause again. */
  #readNext(): void {
    if (!this.#isReading || this.#unread.length === 0 || this.#isReadingOn) return;
    this.#isReadingOn = true;
    this.#world.schedule.after(0, () =>
      this.gateway.do(() => {
        this.#isReadingOn = false;
        const item = this.#isReading ? this.#unread.shift() : undefined;
        if (item !== undefined) this.#take(item);
        this.#readNext();
      }),
    );
  }

  #take(item: Up): void {
    if (!this.#isOpenAtGateway) return;
    this.#counted += 1;
    const n = item.n === 0 ? this.#counted : item.n;
    const { session } = this;
    this.gateway.step({ kind: 'session.message', session, n, format: 'text', data: item.data });
  }

  #forget(): void {
    this.#unread = [];
    const { sockets } = this.gateway;
    if (sockets.get(this.session) === this) sockets.delete(this.session);
  }

  #delay(): number {
    return 1 + this.#world.random.int(this.#world.socketDelayMaxMs);
  }
}
