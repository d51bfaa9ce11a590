/**
 * What each option of a gateway means, in one line, and what its text may be: for the parser and
 * for the help of every command that takes gateway options. Units stand in the names.
 */
import type { RouteBy } from './identity.ts';
import { type GatewayOptions, gatewayDefaults } from './options.ts';

export interface GatewayOptionSpec {
  readonly about: string;
  /** Smallest and largest value of a whole number; undefined for options that are none. */
  readonly range?: readonly [min: number, max: number];
  /** Never repeated in a message. */
  readonly isSecret?: boolean;
}

type Field = keyof GatewayOptions;
type Specs<Name extends Field> = Readonly<Record<Name, GatewayOptionSpec>>;

const day = 86_400_000;
const many = 10_000_000;

function whole(min: number, max: number, about: string): GatewayOptionSpec {
  return { about, range: [min, max] };
}

const listen = {
  id: { about: 'gateway id, [a-z0-9][a-z0-9-]{0,62}' },
  host: { about: 'address of the client port; anything but loopback needs authentication' },
  port: whole(0, 65_535, 'client port; 0 = any free one'),
  path: { about: 'the one path that clients connect to' },
  adminHost: { about: 'address of the admin port; anything but loopback needs an admin token' },
  adminPort: whole(0, 65_535, 'admin port; 0 = any free one'),
  advertiseAdmin: { about: 'host or host:port at which others reach the admin port' },
  adminToken: { about: 'bearer token of the admin port, at least 16 characters', isSecret: true },
  allowedOrigins: { about: 'origins whose pages may connect, with commas between, or *' },
  trustedProxies: { about: 'addresses or CIDR ranges whose X-Forwarded-For is believed' },
} satisfies Partial<Specs<Field>>;

const authentication = {
  jwtSecret: { about: 'HS256 secret of the tokens, at least 32 bytes', isSecret: true },
  jwtKeyFile: { about: 'file with a PEM public key, a JWK or a JWK set' },
  jwksUrl: { about: 'https address of a JWK set; http for loopback only' },
  jwtIssuer: { about: 'the `iss` that tokens must have' },
  jwtAudience: { about: 'the `aud` that tokens must have' },
  clockSkewMs: whole(0, 30_000, 'clock difference granted to tokens'),
  allowsQueryToken: { about: 'accept ?access_token=; addresses end up in logs, so better not' },
  tokenBytesMax: whole(64, 65_536, 'longest token that is verified'),
  routeBy: { about: 'what makes the key: user, claim:<name> or query:<name>' },
} satisfies Partial<Specs<Field>>;

const edge = {
  headerBytesMax: whole(1_024, 65_536, "bytes of an upgrade request's head"),
  headersMax: whole(16, 1_000, 'headers of an upgrade request'),
  headerTimeoutMs: whole(100, 60_000, 'from the TCP connection to a complete request'),
  authTimeoutMs: whole(100, 60_000, 'for verifying a token, key set included'),
  attachTimeoutMs: whole(100, 60_000, 'from a verified token to an attached session'),
  connectionsMax: whole(1, many, 'connections in all, handshakes included'),
  connectionsPerAddressMax: whole(1, many, 'connections of one IPv4 address or IPv6 /64'),
  connectionsPerUserMax: whole(1, many, 'connections of one user at one gateway'),
  handshakesPerSecond: whole(1, many, 'handshakes per second from everybody'),
  handshakesBurst: whole(1, many, 'handshakes at once from everybody'),
  handshakesPerSecondPerAddress: whole(1, many, 'handshakes per second from one address'),
  handshakesBurstPerAddress: whole(1, many, 'handshakes at once from one address'),
  addressesMax: whole(1, many, 'addresses that the handshake rate remembers'),
  messageBytesMax: whole(1, 16_777_216, 'bytes of one message; above: close 1009'),
  fragmentsMax: whole(1, 65_536, 'fragments of one message; above: close 1008'),
  chunksMax: whole(16, 262_144, 'TCP chunks held for one unfinished frame; above: close 1008'),
  messagesPerSecond: whole(1, many, 'messages and pings per second of one connection'),
  messagesBurst: whole(1, many, 'messages and pings at once of one connection; above: 4429'),
  sendBufferBytesMax: whole(1_024, 1_073_741_824, 'bytes waiting for one client; above: 4413'),
  heartbeatIntervalMs: whole(1_000, day, 'ping period; two without an answer close'),
  pausedMaxMs: whole(1_000, day, 'longest time a socket may stay paused; above: 4408'),
  closeTimeoutMs: whole(100, 60_000, "for the client's half of the closing handshake"),
} satisfies Partial<Specs<Field>>;

const shell = {
  drainWindowMs: whole(0, day, 'a drain closes the sockets evenly over this time'),
  prefetch: whole(1, 65_535, 'unacknowledged events per partition'),
  tickIntervalMs: whole(1, 1_000, "period of the core's clock"),
  adminBodyBytesMax: whole(1_024, 67_108_864, 'bytes of a request body at the admin port'),
  adminPublishTimeoutMs: whole(100, 600_000, 'longest wait of POST /v1/events for the bus'),
  adminStreamsMax: whole(0, 10_000, 'open /v1/stream connections'),
  rebindAfterMs: whole(
    1,
    60_000,
    'first wait before binding again after a refusal; grows to fifty times that',
  ),
  heldPerSessionMax: whole(1, 100_000, 'unacknowledged messages of a session before it is paused'),
  orphanTimeoutMs: whole(
    100,
    day,
    'without a link to any worker, or to a live owner, for this long, sockets are closed',
  ),
  pingIntervalMs: whole(10, 60_000, 'heartbeat of links'),
  sessionsPerBindMax: whole(1, 100_000, 'sessions listed in one message to a worker'),
} satisfies Partial<Specs<Field>>;

export const gatewayOptionSpecs: Specs<Field> = { ...listen, ...authentication, ...edge, ...shell };

export type ReadOption = { readonly value: unknown } | { readonly expected: string };

/** The value that an option's text means, or what the text should have been. */
export function readGatewayOption(field: Field, text: string): ReadOption {
  const { range } = gatewayOptionSpecs[field];
  if (range !== undefined) return readWhole(text, range);
  if (typeof gatewayDefaults[field] === 'boolean') {
    const isSwitch = text === 'true' || text === 'false';
    return isSwitch ? { value: text === 'true' } : { expected: 'true or false' };
  }
  if (Array.isArray(gatewayDefaults[field])) {
    return { value: text === '' ? [] : text.split(',').map((entry) => entry.trim()) };
  }
  if (field === 'routeBy') return readRouteBy(text);
  return text === '' ? { expected: 'a text that is not empty' } : { value: text };
}

function readWhole(text: string, [min, max]: readonly [number, number]): ReadOption {
  const isWhole = /^(0|[1-9][0-9]{0,14})$/.test(text);
  const value = Number(text);
  const isGood = isWhole && value >= min && value <= max;
  return isGood ? { value } : { expected: `a whole number from ${min} to ${max}` };
}

function readRouteBy(text: string): ReadOption {
  if (text === 'user') return { value: { kind: 'user' } satisfies RouteBy };
  const [kind, name, ...rest] = text.split(':');
  const isKnown = kind === 'claim' || kind === 'query';
  if (!isKnown || name === undefined || rest.length > 0) {
    return { expected: 'user, claim:<name> or query:<name>' };
  }
  return { value: { kind, name } satisfies RouteBy };
}
