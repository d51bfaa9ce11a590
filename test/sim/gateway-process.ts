/**
 * A simulated gateway: the production core, with modelled sockets on one side and a modelled
 * bus on the other. It numbers the messages of raw clients and closes their sockets on a loss.
 */
import type { BootId } from '../../base/index.ts';
import type { MembershipEffect } from '../../cluster/membership-types.ts';
import type { EventInput, GatewayEffect, GatewayInput } from '../../gateway/core-types.ts';
import type { LinkMessage } from '../../link/index.ts';
import type { Channel } from './broker.ts';
import type { GatewaySubject } from './cores.ts';
import { worldLimits } from './limits.ts';
import { MembershipShell } from './membership-shell.ts';
import { Outbox } from './outbox.ts';
import { Process } from './process.ts';
import { Lane } from './schedule.ts';
import type { Socket } from './socket.ts';
import type { Surroundings } from './surroundings.ts';
import { shortly } from './trace.ts';

export class GatewayProcess extends Process {
  readonly role = 'gateway';
  readonly core: GatewaySubject;
  readonly membership: MembershipShell;
  readonly sockets = new Map<string, Socket>();
  readonly #world: Surroundings;
  readonly #channels: (Channel | undefined)[] = [];
  readonly #channelOf = new Map<number, Channel>();
  readonly #inputs: GatewayInput[] = [];
  readonly #outbox = new Outbox();
  #isStepping = false;
  #isDraining = false;

  constructor(id: string, life: number, world: Surroundings) {
    super(id, life, world);
    this.#world = world;
    this.core = world.subjects.gateway({
      slotCount: world.slotCount,
      limits: world.gatewayLimits,
    });
    this.membership = new MembershipShell(
      this,
      {
        role: 'gateway',
        id,
        address: `${id}:1`,
        build: 'sim',
        nonce: `${id}.${life}`,
        weight: 1,
        renewIntervalMs: worldLimits.renewIntervalMs,
        callDeadlineMs: worldLimits.callDeadlineMs,
      },
      world,
      (effect) => this.#fromMembership(effect),
    );
    const isOver = (): boolean => !this.isAlive;
    world.schedule.every(worldLimits.tickMs, () => this.do(() => this.#tick()), isOver);
    for (let partition = 0; partition < worldLimits.partitions; partition += 1) {
      world.schedule.after(1 + world.random.int(30), () => this.consume(partition));
    }
  }

  step(input: GatewayInput): void {
    this.#inputs.push(input);
    if (this.#isStepping) return;
    this.#isStepping = true;
    for (let next = this.#inputs.shift(); next !== undefined; next = this.#inputs.shift()) {
      this.#stepOnce(next);
    }
    this.#isStepping = false;
  }

  linked(peer: Process, connection: number): void {
    this.step({ kind: 'linked', peer: peer.boot, connection });
  }

  unlinked(peer: BootId, connection: number): void {
    this.step({ kind: 'unlinked', peer, connection });
  }

  received(peer: BootId, connection: number, message: LinkMessage): void {
    this.step({ kind: 'message', peer, connection, message });
  }

  foreign(): void {
    // Gateways act on nothing of their own.
  }

  refused(): void {
    // Only workers conclude anything from a refused connection.
  }

  /** Opens a channel on a partition; the broker decides when it becomes the active one. */
  consume(partition: number): void {
    if (!this.isAlive || this.#isDraining || this.#channels[partition] !== undefined) return;
    const { random, schedule, events } = this.#world;
    const lane = new Lane<() => void>(schedule, (task) => this.do(task));
    const channel: Channel = {
      partition,
      isOpen: true,
      deliver: (event, ref) =>
        lane.push(1 + random.int(3), () => this.#delivered(channel, event, ref)),
    };
    this.#channels[partition] = channel;
    events.consume(channel);
  }

  /** The broker closes the channel: its events go to the next consumer. */
  loseChannel(partition: number): void {
    const channel = this.#channels[partition];
    if (channel === undefined) return;
    this.#world.events.close(channel);
    this.#noticeClosed(channel);
  }

  /** The broker has closed the channel; until this is noticed its events are still dealt with. */
  channelClosed(partition: number, noticedAfterMs: number): void {
    const channel = this.#channels[partition];
    if (channel === undefined) return;
    this.schedule.after(noticedAfterMs, () => this.#noticeClosed(channel));
  }

  #noticeClosed(channel: Channel): void {
    const { partition } = channel;
    this.do(() => {
      if (this.#channels[partition] !== channel) return;
      this.#channels[partition] = undefined;
      this.step({ kind: 'events.withdrawn', partition });
      this.schedule.after(10 + this.#world.random.int(40), () => this.consume(partition));
    });
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** Sends its clients away one by one, deals with what it holds, and is gone. */
  drain(onGone: () => void): void {
    this.#isDraining = true;
    for (const [partition, channel] of this.#channels.entries()) {
      if (channel === undefined) continue;
      this.#channels[partition] = undefined;
      this.#world.events.close(channel);
      this.step({ kind: 'events.withdrawn', partition });
    }
    const giveUpAtMs = this.schedule.nowMs + worldLimits.drainTimeoutMs;
    const next = (): void => {
      if (!this.isAlive) return;
      const [socket] = this.sockets.values();
      const isLate = this.schedule.nowMs >= giveUpAtMs;
      if (socket !== undefined && !isLate) this.do(() => socket.closeAtGateway(1012));
      else if (isLate || this.core.heldCount() === 0) {
        this.crash();
        this.membership.close();
        onGone();
        return;
      }
      this.schedule.after(5, next);
    };
    next();
  }

  /** The process is gone: sockets and channels with it. */
  crash(): void {
    this.kill();
    for (const channel of this.#channels) {
      if (channel !== undefined) this.#world.events.close(channel);
    }
    for (const socket of this.sockets.values()) socket.brokenByGateway();
    this.#world.network.died(this);
  }

  #delivered(channel: Channel, event: EventInput, ref: number): void {
    if (this.#channels[channel.partition] !== channel) return;
    this.#channelOf.set(ref, channel);
    this.step({ kind: 'event', ref, partition: channel.partition, event });
  }

  #tick(): void {
    this.membership.step({ kind: 'tick' });
    this.#world.network.checkHeartbeats(this);
    this.step({ kind: 'tick' });
  }

  #stepOnce(input: GatewayInput): void {
    const { trace, ledger } = this.#world;
    const nowMs = this.schedule.nowMs;
    trace.add(nowMs, this.name, input.kind, () => shortly(input));
    const effects = this.core.step(input, this.clock.nowMs());
    if (trace.isReadable) {
      for (const effect of effects) trace.add(nowMs, this.name, '→', () => shortly(effect));
    }
    ledger.gatewayStepped(this, effects);
    for (const effect of effects) {
      if (effect.kind === 'send') this.#outbox.add(effect.peer, effect.message);
      else this.#perform(effect);
    }
    this.#outbox.flush((peer, messages) => this.#world.network.send(this, peer, messages));
  }

  #perform(effect: Exclude<GatewayEffect, { kind: 'send' }>): void {
    switch (effect.kind) {
      case 'read':
        this.membership.step(effect);
        return;
      case 'frame':
        for (const { session, replies } of effect.sessions) {
          const { offset, pushes } = effect;
          this.sockets.get(session)?.down({ kind: 'frame', offset, pushes, replies });
        }
        return;
      case 'volatile':
        for (const session of effect.sessions) this.sockets.get(session)?.down(effect);
        return;
      case 'attached':
      case 'accepted':
        this.sockets.get(effect.session)?.down(effect);
        return;
      case 'event.done':
        this.#done(effect.ref);
        return;
      case 'pause':
      case 'unpause':
        this.sockets.get(effect.session)?.pauseReading(effect.kind === 'pause');
        return;
      case 'close':
        this.sockets.get(effect.session)?.closedByGateway();
        return;
      case 'note':
        this.#world.ledger.note(effect.event, effect.level);
        return;
    }
  }

  #done(ref: number): void {
    const channel = this.#channelOf.get(ref);
    if (channel === undefined) return;
    this.#channelOf.delete(ref);
    this.#world.events.acknowledge(channel, ref);
  }

  #fromMembership(effect: MembershipEffect): void {
    switch (effect.kind) {
      case 'registered':
        if (this.cluster !== '' && this.cluster !== effect.cluster) this.#world.network.drop(this);
        this.boot = effect.boot;
        this.cluster = effect.cluster;
        return;
      case 'view':
        this.view = effect.view;
        this.step(effect);
        return;
      case 'confirmed':
        this.confirmed(effect.sentAtMs);
        this.step(effect);
        return;
      case 'note':
        this.#world.ledger.note(effect.event, effect.level);
        return;
      default:
        return;
    }
  }
}
