/** The link host seen from outside: what it is told, what it tells (`host.ts` is the inside). */
import type { BootId, Clock, Logger, Random } from '../base/index.ts';
import type { LinkIdentity } from './handshake.ts';
import type { LinkMessage } from './messages.ts';
import type { LinkLimits } from './options.ts';
import type { ListenAddress } from './pipe.ts';
import type { Role } from './schema.ts';

/**
 * What the host tells. Only `onDown` may come from within a call of its own methods, when that
 * call closes the link.
 */
export interface LinkListener {
  /** `connection` rises with each link of this host and is never used again. */
  onUp(peer: BootId, role: Role, connection: number): void;
  /** Once for each `onUp`, before the next `onUp` of the same peer. `reason` is an error code. */
  onDown(peer: BootId, connection: number, reason: string): void;
  onMessage(peer: BootId, connection: number, message: LinkMessage): void;
  /** The link to `peer` broke and its address refuses connections: the process is gone (C11). */
  onRefused(peer: BootId): void;
  /** A process that knows the secret serves another cluster (L7). */
  onForeignCluster(peer: BootId): void;
  /** `newer`, a later boot of the same id, has proved itself: evict `older` (C11′). */
  onSuperseded(older: BootId, newer: BootId): void;
}

export interface WantedPeer {
  readonly boot: BootId;
  /** `host:port` */
  readonly address: string;
  /** On its way in or out: that its link ends is nothing to look at. Default false. */
  readonly mayLeave?: boolean;
}

export interface LinkHostOptions {
  /** Shared by all processes of the cluster, 16 bytes or more. */
  readonly secret: string;
  readonly limits?: Partial<LinkLimits>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly listener: LinkListener;
}

export interface LinkHost {
  /**
   * Binds the address; connections are closed unheard until `open`.
   *
   * @returns the bound address, `host:port`.
   * @throws LinkError `link.listen_failed`
   */
  listen(at: ListenAddress): Promise<string>;
  /** Where it listens; undefined when it does not. */
  address(): string | undefined;
  /**
   * From now on this process is `identity` (rule W3: no link before the cluster id is known).
   * A different one than before closes all links, drops what they held unread (W2) and forgets
   * the wanted peers.
   */
  open(identity: LinkIdentity): void;
  /**
   * Dials these and keeps dialling them; my own boot among them is passed over. A peer that the
   * set before named and this one does not is dropped; links that others dialled to us stay.
   *
   * @throws LinkError `link.closed` before `open`
   */
  setPeers(wanted: readonly WantedPeer[]): void;
  /**
   * In order, at the end of this turn; dropped silently when there is no link to `peer`. A
   * message that cannot be encoded closes the link and is logged as an error.
   */
  send(peer: BootId, message: LinkMessage): void;
  /** Closes all links (with `onDown`) and the port; resolves when every socket is closed. */
  close(): Promise<void>;
}
