/**
 * All links of one process: accepts, dials the wanted peers, keeps one link to each, numbers
 * them and tells the listener. It knows pipes, not sockets, and time only as its clock, so the
 * tests drive it without either; `tcp.ts` makes the real one.
 */
import { type BootId, type Cancel, present } from '../base/index.ts';
import { Connection, type ConnectionEvents } from './connection.ts';
import { isLaterBoot, isRefused } from './contest.ts';
import { LinkError, type LinkErrorCode } from './errors.ts';
import { type LinkIdentity, nonceBytes } from './handshake.ts';
import type { LinkHost, LinkHostOptions, WantedPeer } from './host-types.ts';
import type { LinkMessage } from './messages.ts';
import { type LinkLimits, parseLinkLimits, parseSecret } from './options.ts';
import { Peer } from './peer.ts';
import type { ListenAddress, Pipe, PipeListener, Transport } from './pipe.ts';

type HostOptions = LinkHostOptions & { readonly transport: Transport };

/** @throws ConfigError when a limit or the secret is unusable. */
export function hostOver(options: HostOptions): LinkHost {
  return new Host(options);
}

/** Ends of a connection that nobody needs to look at. */
const expectedEnds: ReadonlySet<LinkErrorCode> = new Set([
  'link.duplicate',
  'link.dropped',
  'link.replaced',
  'link.closed',
]);

const strangerLogIntervalMs = 1000;

class Host implements LinkHost, ConnectionEvents {
  readonly #options: HostOptions;
  readonly #limits: LinkLimits;
  readonly #secret: string;
  readonly #peers = new Map<BootId, Peer>();
  /** Accepted and not yet authenticated; at most `handshakesMax`. */
  readonly #strangers = new Set<Connection>();
  #dirty: Connection[] = [];
  #identity: LinkIdentity | undefined;
  #address: string | undefined;
  #connections = 0;
  #stopTicking: Cancel | undefined;
  #tickedAtMs = 0;
  #strangersFailed = 0;
  #strangerLoggedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: HostOptions) {
    this.#options = options;
    this.#limits = parseLinkLimits(options.limits);
    this.#secret = parseSecret(options.secret);
  }

  async listen(at: ListenAddress): Promise<string> {
    this.#address = await this.#options.transport.listen(at, (pipe) => this.#accept(pipe));
    return this.#address;
  }

  address(): string | undefined {
    return this.#address;
  }

  open(identity: LinkIdentity): void {
    const before = this.#identity;
    if (before !== undefined && isSame(before, identity)) return;
    this.#closeAll('this process takes another identity');
    this.#identity = identity;
    if (this.#stopTicking === undefined) this.#startTicking();
  }

  setPeers(wanted: readonly WantedPeer[]): void {
    const me = this.#identity;
    if (me === undefined) throw new LinkError('link.closed', 'setPeers before open or after close');
    const boots = new Set(wanted.map(({ boot }) => boot));
    for (const peer of [...this.#peers.values()]) {
      if (peer.isWanted && !boots.has(peer.boot)) this.#drop(peer, 'link.dropped', 'not wanted');
    }
    for (const { boot, address, mayLeave = false } of wanted) {
      if (boot === me.boot) continue;
      const peer = this.#peerOf(boot);
      peer.mayLeave = mayLeave;
      peer.want(address);
    }
  }

  send(peer: BootId, message: LinkMessage): void {
    this.#peers.get(peer)?.link?.send(message);
  }

  async close(): Promise<void> {
    this.#stopTicking?.();
    this.#stopTicking = undefined;
    this.#closeAll('this process closes its links');
    this.#identity = undefined;
    this.#address = undefined;
    await this.#options.transport.close();
  }

  isDuplicate(_connection: Connection, { boot }: LinkIdentity): boolean {
    const me = this.#identity;
    if (me === undefined || boot === me.boot) return true;
    for (const older of [...this.#peers.keys()]) {
      if (isLaterBoot(boot, older)) this.onSuperseded(older, boot);
    }
    const peer = this.#peers.get(boot);
    const own = peer?.isHandshaking ? 'handshaking' : peer?.link?.isDialled ? 'linked' : 'none';
    return isRefused(me.boot, boot, own);
  }

  onUp(connection: Connection, { boot, role }: LinkIdentity): void {
    this.#strangers.delete(connection);
    const peer = this.#peerOf(boot);
    for (const other of peer.others(connection)) {
      other.close(new LinkError('link.replaced', `a newer connection to ${boot} took over`));
    }
    // The listener was told of the end of the other one and may have closed this one meanwhile.
    if (connection.phase !== 'linked') return;
    this.#peers.set(boot, peer);
    peer.linked(connection);
    this.#connections += 1;
    connection.number = this.#connections;
    this.#options.logger.info('link.up', { peer: boot, role, connection: connection.number });
    this.#options.listener.onUp(boot, role, connection.number);
  }

  onMessage(connection: Connection, peer: BootId, message: LinkMessage): void {
    this.#options.listener.onMessage(peer, connection.number, message);
  }

  onForeign(peer: BootId): void {
    this.#options.logger.warn('link.foreign_cluster', { peer });
    this.#options.listener.onForeignCluster(peer);
  }

  onSuperseded(older: BootId, newer: BootId): void {
    this.#options.listener.onSuperseded(older, newer);
  }

  onDirty(connection: Connection): void {
    if (this.#dirty.push(connection) > 1) return;
    this.#options.transport.atEndOfTurn(() => {
      const dirty = this.#dirty;
      this.#dirty = [];
      for (const each of dirty) each.flush();
    });
  }

  onClosed(connection: Connection, error: LinkError): void {
    this.#strangers.delete(connection);
    const peer = connection.peer === undefined ? undefined : this.#peers.get(connection.peer);
    if (peer === undefined) {
      this.#logStranger(error);
      return;
    }
    const wasLink = peer.closed(connection);
    if (!peer.isWanted && peer.others(undefined).length === 0) this.#peers.delete(peer.boot);
    if (wasLink) this.#tellDown(peer, connection, error);
    else this.#tellNotDialled(peer, error);
  }

  #tellDown({ boot, mayLeave }: Peer, { number }: Connection, error: LinkError): void {
    const fields = { peer: boot, connection: number, code: error.code, reason: error.message };
    const { logger, listener } = this.#options;
    if (expectedEnds.has(error.code)) logger.info('link.down', fields);
    else if (error.retryable) logger[mayLeave ? 'info' : 'warn']('link.down', fields);
    else logger.error('link.down', fields);
    listener.onDown(boot, number, error.code);
  }

  #tellNotDialled(peer: Peer, error: LinkError): void {
    const { logger, listener } = this.#options;
    if (!expectedEnds.has(error.code) && peer.isNews(error.code)) {
      const fields = { peer: peer.boot, code: error.code, reason: error.message };
      logger[peer.mayLeave ? 'info' : 'warn']('link.not_dialled', fields);
    }
    if (error.code === 'link.refused' && peer.hasBroken) listener.onRefused(peer.boot);
  }

  /** Anybody can knock: at most one line in a while. */
  #logStranger(error: LinkError): void {
    // A reset before authentication is a probe, or the other end settling a crossed dial.
    if (expectedEnds.has(error.code) || error.code === 'link.reset') return;
    this.#strangersFailed += 1;
    const nowMs = this.#options.clock.nowMs();
    if (nowMs - this.#strangerLoggedAtMs < strangerLogIntervalMs) return;
    const fields = { code: error.code, reason: error.message, count: this.#strangersFailed };
    this.#options.logger.warn('link.not_accepted', fields);
    this.#strangerLoggedAtMs = nowMs;
    this.#strangersFailed = 0;
  }

  #accept(pipe: Pipe): PipeListener {
    const me = this.#identity;
    const { handshakesMax } = this.#limits;
    const isFull = this.#strangers.size >= handshakesMax;
    if (me === undefined || isFull) {
      pipe.destroy();
      if (isFull) {
        const text = `handshakesMax ${handshakesMax} connections are unauthenticated`;
        this.#logStranger(new LinkError('link.too_many_handshakes', text));
      }
      return deaf;
    }
    const connection = this.#connection(me, undefined);
    this.#strangers.add(connection);
    connection.attach(pipe);
    return connection;
  }

  #dial(me: LinkIdentity, boot: BootId, address: string): Connection {
    const connection = this.#connection(me, boot);
    connection.attach(this.#options.transport.dial(address, connection));
    return connection;
  }

  #connection(me: LinkIdentity, wanted: BootId | undefined): Connection {
    const { random, clock } = this.#options;
    const nonce = Buffer.from(random.hex(nonceBytes), 'hex');
    const context = { me, wanted, nonce, secret: this.#secret, limits: this.#limits };
    return new Connection(context, clock, this);
  }

  #peerOf(boot: BootId): Peer {
    const known = this.#peers.get(boot);
    if (known !== undefined) return known;
    const { clock, random } = this.#options;
    const me = present(this.#identity, 'identity of an open host');
    const dial = (address: string) => this.#dial(me, boot, address);
    const peer = new Peer(boot, { clock, random, limits: this.#limits, dial });
    this.#peers.set(boot, peer);
    return peer;
  }

  #drop(peer: Peer, code: LinkErrorCode, why: string): void {
    peer.unwant();
    for (const connection of peer.others(undefined)) connection.close(new LinkError(code, why));
    if (this.#peers.get(peer.boot) === peer && peer.others(undefined).length === 0) {
      this.#peers.delete(peer.boot);
    }
  }

  #closeAll(why: string): void {
    for (const peer of [...this.#peers.values()]) this.#drop(peer, 'link.closed', why);
    for (const stranger of [...this.#strangers]) stranger.close(new LinkError('link.closed', why));
  }

  #startTicking(): void {
    const { clock } = this.#options;
    const periodMs = this.#limits.heartbeatIntervalMs / 2;
    this.#tickedAtMs = clock.nowMs();
    this.#stopTicking = clock.every(periodMs, () => {
      const nowMs = clock.nowMs();
      const lateMs = nowMs - this.#tickedAtMs - periodMs;
      this.#tickedAtMs = nowMs;
      // What this process slept through is no silence of others: their bytes wait in the kernel.
      const stalledMs = lateMs > periodMs ? lateMs : 0;
      const links = [...this.#peers.values()].flatMap((peer) => peer.others(undefined));
      for (const connection of [...links, ...this.#strangers]) connection.tick(stalledMs);
    });
  }
}

/** Hears a pipe that was closed at the door. */
const deaf: PipeListener = {
  onOpen: () => undefined,
  onBytes: () => undefined,
  onClosed: () => undefined,
};

function isSame(a: LinkIdentity, b: LinkIdentity): boolean {
  return a.boot === b.boot && a.cluster === b.cluster && a.role === b.role;
}
