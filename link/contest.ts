/**
 * Which of several connections between the same two processes stays. Two workers may dial each
 * other at the same moment; then the connection that the *lower* boot dialled stays. The lower
 * one alone decides: it refuses what the higher dials while its own dial is under way, and the
 * higher takes whatever the lower dials. So there is no moment at which the two could choose
 * differently, and no connection that was up at either end is lost to a crossing.
 */
import { type BootId, bootNumberOf, memberIdOf } from '../base/index.ts';

/** By member id (code units), then by boot number. */
export function compareBoots(a: BootId, b: BootId): number {
  const [x, y] = [memberIdOf(a), memberIdOf(b)];
  if (x !== y) return x < y ? -1 : 1;
  return bootNumberOf(a) - bootNumberOf(b);
}

/** Whether `boot` is a later life of the same member. */
export function isLaterBoot(boot: BootId, than: BootId): boolean {
  return memberIdOf(boot) === memberIdOf(than) && bootNumberOf(boot) > bootNumberOf(than);
}

/**
 * How far my own dial to the peer is: `none` also while it waits for its next attempt or for
 * TCP, because nothing was said on it and it can be given up unheard.
 */
export type OwnDial = 'none' | 'handshaking' | 'linked';

/**
 * Whether a connection that `peer` dialled and proved is refused. If not, it takes the place of
 * every other connection to `peer`: a peer dials only when it has no link.
 */
export function isRefused(me: BootId, peer: BootId, ownDial: OwnDial): boolean {
  return compareBoots(me, peer) < 0 && ownDial !== 'none';
}
