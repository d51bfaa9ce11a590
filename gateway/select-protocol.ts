/**
 * Which flavour a client gets for the subprotocols it offered. Browsers close a connection whose
 * offer was answered by nothing, so an offer without a name of ours is refused, not ignored; a
 * token alone (`bearer.…`) is no name either.
 */
import type { ClientProtocol } from './client-protocol.ts';
import { rawProtocol } from './protocol-raw.ts';
import { v1Protocol } from './protocol-v1.ts';

/** The flavour, or undefined when nothing offered is known. */
export function selectProtocol(offered: Iterable<string>): ClientProtocol | undefined {
  const names = [...offered];
  if (names.length === 0) return rawProtocol;
  return [v1Protocol, rawProtocol].find(({ subprotocol }) => names.includes(subprotocol));
}
