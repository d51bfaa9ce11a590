/**
 * The client port: handshakes become sessions, sockets' messages become the core's inputs, the
 * core's effects become frames. It decides nothing about ownership or order.
 *
 *   upgrade → admitted → `session.open` → (core: `attached`) → 101 and frames → `session.close`
 *
 * The handshake is answered only once the session is attached, so that an event sent after the
 * client's `open` is never missed. The core knows sessions by id: before another socket takes a
 * session over, the old one is closed and the core told.
 */
import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock, Logger, Random } from '../base/index.ts';
import { Admission, type Admitted } from './admission.ts';
import { ClientSocket, type ClientSocketListener } from './client-socket.ts';
import { closeCodes } from './close-codes.ts';
import type { GatewayEffect, GatewayInput } from './core-types.ts';
import { deliverAccepted, deliverRecord, deliverVolatile } from './delivery.ts';
import { boundPort, createFront } from './http-front.ts';
import type { GatewayMetrics } from './metrics.ts';
import type { GatewayOptions } from './options.ts';
import { type Pending, PendingSessions } from './pending-sessions.ts';
import { answerRefusal, ignoreErrors } from './raw-answer.ts';
import type { RefusalCode } from './refusals.ts';
import { selectProtocol } from './select-protocol.ts';
import { closeSpread, Sweep } from './socket-sweep.ts';
import { type Upgrade, Upgrader } from './sockets.ts';
import type { TokenKeys } from './token-keys.ts';

/** The part of the core's inputs that comes from clients. */
export type EdgeInput = Extract<
  GatewayInput,
  { kind: 'session.open' | 'session.message' | 'session.close' }
>;

/** The part of the core's effects that goes to clients. */
export type EdgeEffect = Extract<
  GatewayEffect,
  {
    kind: 'attached' | 'frame' | 'volatile' | 'accepted' | 'pause' | 'unpause' | 'close';
  }
>;

export interface EdgeParts {
  readonly options: GatewayOptions;
  readonly keys: TokenKeys | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: GatewayMetrics;
  /** Steps the core; effects may be applied before it returns. */
  readonly emit: (input: EdgeInput) => void;
}

type Attached = Extract<EdgeEffect, { kind: 'attached' }>;

export class Edge implements ClientSocketListener {
  readonly #parts: EdgeParts;
  readonly #admission: Admission;
  readonly #front: Server;
  readonly #upgrader: Upgrader;
  readonly #pending: PendingSessions;
  readonly #clients = new Map<string, ClientSocket>();
  /** Sockets that are open or still closing. */
  readonly #sockets = new Set<ClientSocket>();
  readonly #sweep: Sweep;
  readonly #waitingForEmpty: (() => void)[] = [];
  #opened = 0;
  #lastConnection = 0;
  #isDraining = false;

  constructor(parts: EdgeParts) {
    const { options, clock } = parts;
    this.#parts = parts;
    this.#admission = new Admission(options, parts.keys, clock);
    this.#pending = new PendingSessions(clock, options.attachTimeoutMs);
    this.#sweep = new Sweep(clock, options.heartbeatIntervalMs);
    this.#upgrader = new Upgrader(options, (offered) => selectProtocol(offered)?.subprotocol);
    this.#front = createFront(options, clock, {
      onUpgrade: (upgrade) => this.#onUpgrade(upgrade),
      onRefused: (code) => parts.metrics.refused(code),
    });
  }

  /** Sessions with an open socket. */
  get sessions(): number {
    return this.#clients.size;
  }

  /** Places taken: open, closing and in a handshake. */
  get connections(): number {
    return this.#admission.connections;
  }

  /** Starts to listen; resolves with the bound port. */
  listen(): Promise<number> {
    const { options } = this.#parts;
    this.#sweep.start(this.#sockets);
    return new Promise((resolve, reject) => {
      this.#front.once('error', reject);
      this.#front.listen({ host: options.host, port: options.port, backlog: 4_096 }, () => {
        this.#front.off('error', reject);
        this.#front.on('error', (error) => this.#parts.logger.error('edge.failed', { error }));
        resolve(boundPort(this.#front));
      });
    });
  }

  apply(effect: EdgeEffect): void {
    switch (effect.kind) {
      case 'attached':
        return this.#attached(effect);
      case 'frame':
        return deliverRecord(effect, this.#clients);
      case 'volatile':
        return deliverVolatile(effect, this.#clients);
      case 'accepted':
        return deliverAccepted(effect, this.#clients);
      case 'pause':
        this.#parts.metrics.paused();
        return this.#clients.get(effect.session)?.pause();
      case 'unpause':
        return this.#clients.get(effect.session)?.unpause();
      case 'close':
        return this.#closedByCore(effect);
    }
  }

  /** No new connections; those in a handshake are sent elsewhere. */
  stopAccepting(): void {
    if (this.#isDraining) return;
    this.#isDraining = true;
    this.#front.close();
    this.#front.closeIdleConnections();
    for (const pending of this.#pending.all()) this.#abandon(pending, 'gateway.draining');
  }

  /** Stops accepting and closes every socket, evenly over `windowMs`; resolves when all are gone. */
  async drain(windowMs: number): Promise<void> {
    const { clock } = this.#parts;
    this.stopAccepting();
    await closeSpread([...this.#clients.values()], windowMs, clock);
    await this.#emptied();
  }

  /** Cuts everything at once. */
  async close(): Promise<void> {
    this.stopAccepting();
    this.#sweep.stop();
    for (const client of this.#sockets) {
      client.close(closeCodes.serviceRestart);
      client.cut();
    }
    this.#front.closeAllConnections();
    await this.#emptied();
  }

  onMessage(client: ClientSocket, heard: Parameters<ClientSocketListener['onMessage']>[1]): void {
    const { n, format, data } = heard;
    this.#parts.metrics.received(client.protocol.subprotocol);
    this.#parts.emit({ kind: 'session.message', session: client.session, n, format, data });
  }

  onEnded(client: ClientSocket, code: number, reason: string): void {
    this.#parts.metrics.closed(code);
    // Not there any more when the core itself ended it.
    if (this.#clients.get(client.session) !== client) return;
    this.#clients.delete(client.session);
    this.#parts.emit({ kind: 'session.close', session: client.session, code, reason });
  }

  onGone(client: ClientSocket): void {
    this.#sockets.delete(client);
    this.#admission.leave(client.place);
    this.#parts.metrics.connections(this.#admission.connections);
    if (this.#sockets.size > 0) return;
    for (const resolve of this.#waitingForEmpty.splice(0)) resolve();
  }

  #onUpgrade(upgrade: Upgrade): void {
    const { request, socket } = upgrade;
    // First of all: a reset during verification must not become an uncaught exception.
    ignoreErrors(socket);
    const checked = this.#isDraining ? 'gateway.draining' : this.#admission.check(request);
    if (typeof checked === 'string') return this.#refuse(socket, checked);
    // `admit` never rejects.
    void this.#admission.admit(checked).then((admitted) => {
      if (typeof admitted === 'string') return this.#refuse(socket, admitted);
      return this.#begin(admitted, upgrade);
    });
  }

  #begin(admitted: Admitted, upgrade: Upgrade): void {
    const { identity, resume, about, place } = admitted;
    const session = resume?.session ?? this.#parts.random.hex(16);
    const refusal = this.#isDraining ? 'gateway.draining' : this.#takeOver(session, admitted);
    if (refusal !== undefined || upgrade.socket.destroyed) {
      this.#admission.leave(place);
      return this.#refuse(upgrade.socket, refusal ?? 'gateway.unavailable');
    }
    const pending: Pending = { upgrade, session, admitted, sinceMs: this.#parts.clock.nowMs() };
    this.#pending.add(pending, (refusal) => this.#abandon(pending, refusal));
    const { key } = identity;
    const connection = this.#nextConnection();
    const position = resume?.position;
    this.#parts.emit({ kind: 'session.open', session, connection, key, position, about });
  }

  /** Makes room for a socket that resumes `session`. */
  #takeOver(session: string, { identity }: Admitted): RefusalCode | undefined {
    const old = this.#clients.get(session) ?? this.#pending.get(session);
    if (old === undefined) return undefined;
    const { user, key } = old instanceof ClientSocket ? old.identity : old.admitted.identity;
    if (user !== identity.user || key !== identity.key) return 'session.foreign';
    if (old instanceof ClientSocket) old.close(closeCodes.takenOver);
    else this.#abandon(old, 'gateway.unavailable');
    return undefined;
  }

  /**
   * Wall-clock milliseconds, and more than the last: a session resumed on another gateway, or on
   * this one after a restart, has a higher number without anything being shared or stored.
   */
  #nextConnection(): number {
    const wallMs = this.#parts.clock.wallMs();
    this.#lastConnection = Math.max(Math.trunc(wallMs), this.#lastConnection + 1);
    return this.#lastConnection;
  }

  #attached(effect: Attached): void {
    const pending = this.#pending.take(effect.session);
    const client =
      pending === undefined ? this.#clients.get(effect.session) : this.#upgrade(pending);
    if (client === undefined) return;
    const { session, epoch, next: offset, recovered, reason } = effect;
    const { protocol } = client;
    const { key } = client.identity;
    if (pending === undefined && !recovered && protocol.lossClose !== undefined) {
      return client.close(protocol.lossClose);
    }
    const welcome = protocol.welcome({ session, key, epoch, offset, recovered, reason });
    if (welcome !== undefined) client.write(welcome);
  }

  /** Answers 101. Undefined when the client has gone meanwhile. */
  #upgrade(pending: Pending): ClientSocket | undefined {
    const { session, admitted, sinceMs, upgrade } = pending;
    const { clock, metrics, options } = this.#parts;
    const { identity, protocol, place, resume } = admitted;
    const client = new ClientSocket({
      session,
      identity,
      protocol,
      place,
      number: this.#opened,
      isResumed: resume !== undefined,
      limits: options,
      nowMs: () => clock.nowMs(),
      listener: this,
    });
    const socket = this.#upgrader.upgrade(upgrade, client);
    if (socket === undefined) {
      this.#gone(pending);
      return undefined;
    }
    client.open(socket);
    this.#opened += 1;
    this.#clients.set(session, client);
    this.#sockets.add(client);
    metrics.opened(clock.nowMs() - sinceMs);
    metrics.connections(this.#admission.connections);
    return client;
  }

  #closedByCore({ session, code, reason }: Extract<EdgeEffect, { kind: 'close' }>): void {
    const pending = this.#pending.take(session);
    if (pending !== undefined) {
      this.#admission.leave(pending.admitted.place);
      return this.#refuse(pending.upgrade.socket, 'gateway.unavailable');
    }
    const client = this.#clients.get(session);
    // Forgotten first: the core has forgotten it already and is not to be told.
    this.#clients.delete(session);
    client?.closeWith(code, reason);
  }

  /** A handshake that will not be answered 101. */
  #abandon(pending: Pending, refusal: RefusalCode | 'aborted'): void {
    if (refusal === 'aborted') this.#parts.metrics.refused(refusal);
    else this.#refuse(pending.upgrade.socket, refusal);
    this.#gone(pending);
  }

  #gone({ session, admitted }: Pending): void {
    this.#pending.take(session);
    this.#admission.leave(admitted.place);
    this.#parts.emit({ kind: 'session.close', session, code: 1006, reason: '' });
  }

  /** Resolves when the last socket is gone. */
  #emptied(): Promise<void> {
    if (this.#sockets.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waitingForEmpty.push(resolve));
  }

  #refuse(socket: Duplex, code: RefusalCode): void {
    this.#parts.metrics.refused(socket.destroyed ? 'aborted' : code);
    answerRefusal(socket, code, this.#parts.clock);
  }
}
