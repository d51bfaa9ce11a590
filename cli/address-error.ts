/** Names address and option where a gateway cannot have an address. */
import { messageOf, RingwayError } from '../base/index.ts';
import type { GatewayOptions } from '../gateway/index.ts';
import { flagOf, variableOf } from './options.ts';

type Addresses = Pick<GatewayOptions, 'host' | 'port' | 'adminHost' | 'adminPort'>;

/** The error to show instead of `error`: itself, if it is about something else. */
export function withOption(error: unknown, options: Addresses): unknown {
  if (!(error instanceof RingwayError)) return error;
  const isTaken = error.code === 'gateway.address_in_use';
  if (!isTaken && error.code !== 'gateway.listen_failed') return error;
  const isAdmin = error.message.startsWith('admin');
  const { host, port, adminHost, adminPort } = options;
  const address = isAdmin ? `${adminHost}:${adminPort}` : `${host}:${port}`;
  const name = isAdmin ? 'adminPort' : 'port';
  const names = `${flagOf(name)} or ${variableOf(name)}`;
  const message = isTaken
    ? `${address} is already in use; choose another with ${names} (0 = any free one)`
    : `${address} cannot be opened (${messageOf(error.cause)}); see ${flagOf(isAdmin ? 'adminHost' : 'host')}, ${names}`;
  return new RingwayError(error.code, message, { cause: error });
}
