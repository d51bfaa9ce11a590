/**
 * Every option of a gateway, with its unit and default. `option-specs.ts` says what their texts
 * may be, `option-problems.ts` what must hold between them.
 * Each field's flag and variable are its name: `messageBytesMax` is `--message-bytes-max` and
 * `RINGWAY_MESSAGE_BYTES_MAX`.
 */
import type { GatewayLimits } from './core-types.ts';
import type { RouteBy } from './identity.ts';

/** Where the gateway listens and who may come. */
export interface ListenOptions {
  /** Gateway id, `[a-z0-9][a-z0-9-]{0,62}`. */
  readonly id: string;
  /** Address of the client port. Anything but loopback needs authentication. */
  readonly host: string;
  /** Client port; 0 = any free one. */
  readonly port: number;
  /** The one path that is served, compared exactly. */
  readonly path: string;
  /** Address of the admin port. Anything but loopback needs `adminToken`. */
  readonly adminHost: string;
  readonly adminPort: number;
  /** What others are told to dial for the admin port, `host` or `host:port`; undefined = as bound. */
  readonly advertiseAdmin: string | undefined;
  /** Bearer token of the admin port, at least 16 characters; undefined = none (loopback only). */
  readonly adminToken: string | undefined;
  /** Exact origins whose pages may connect (`https://app.example.com`), or `*`. Clients that send
   * no Origin are not browsers and always may. */
  readonly allowedOrigins: readonly string[];
  /** Addresses or CIDR ranges whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
}

/** How clients prove who they are; at most one of the three keys. */
export interface AuthOptions {
  /** HS256 secret, at least 32 bytes. */
  readonly jwtSecret: string | undefined;
  /** File with a PEM public key, a JWK or a JWK set: RS256 or ES256 by the kind of key. */
  readonly jwtKeyFile: string | undefined;
  /** `https:` URL of a JWK set (`http:` for loopback only). */
  readonly jwksUrl: string | undefined;
  /** Required `iss`; undefined = not looked at. */
  readonly jwtIssuer: string | undefined;
  /** Required `aud`; undefined = not looked at. */
  readonly jwtAudience: string | undefined;
  /** Clock difference granted to `exp` and `nbf`, and the grace before 4401. At most 30,000. */
  readonly clockSkewMs: number;
  /** Whether `?access_token=` is accepted: URLs end up in logs, so better not. */
  readonly allowsQueryToken: boolean;
  /** Longest token that is verified. */
  readonly tokenBytesMax: number;
  /** What makes the key: `user`, `claim:<name>` or `query:<name>`. */
  readonly routeBy: RouteBy;
}

/** Bounds of the client port. Larger ones cost memory under attack, smaller ones refuse work. */
export interface EdgeLimits {
  /** Bytes of an upgrade request's head; above: 431. */
  readonly headerBytesMax: number;
  /** Headers of an upgrade request; above: 431. */
  readonly headersMax: number;
  /** From the TCP connection to a complete upgrade request; above: 408. */
  readonly headerTimeoutMs: number;
  /** For verifying a token, key set included; above: 503. */
  readonly authTimeoutMs: number;
  /** From a verified token to an attached session; above: 503. */
  readonly attachTimeoutMs: number;
  /** Connections in all, handshakes included; above: 503. */
  readonly connectionsMax: number;
  /** Connections of one IPv4 address or IPv6 /64; above: 429. */
  readonly connectionsPerAddressMax: number;
  /** Connections of one user at this gateway; above: 429. */
  readonly connectionsPerUserMax: number;
  /** Handshakes per second from everybody, and how many at once; above: 503. */
  readonly handshakesPerSecond: number;
  readonly handshakesBurst: number;
  /** Handshakes per second from one address, and how many at once; above: 429. */
  readonly handshakesPerSecondPerAddress: number;
  readonly handshakesBurstPerAddress: number;
  /** Addresses that the handshake rate remembers. */
  readonly addressesMax: number;
  /** Bytes of one message; above: close 1009, decided from the frame header. */
  readonly messageBytesMax: number;
  /** Fragments of one message; above: close 1008. */
  readonly fragmentsMax: number;
  /** TCP chunks held for one unfinished frame; above: close 1008. */
  readonly chunksMax: number;
  /** Messages and pings per second of one connection, and how many at once; above: close 4429. */
  readonly messagesPerSecond: number;
  readonly messagesBurst: number;
  /** Bytes that may wait for one client to read; above: close 4413. Nothing is ever dropped. */
  readonly sendBufferBytesMax: number;
  /** Ping every so often; two without an answer close the connection. */
  readonly heartbeatIntervalMs: number;
  /** Longest time a socket may stay paused (its pongs are not seen then); above: close 4408. */
  readonly pausedMaxMs: number;
  /** For the client's half of the closing handshake, before the socket is cut. */
  readonly closeTimeoutMs: number;
}

export interface ShellLimits {
  /** A drain closes the sockets evenly over this time. */
  readonly drainWindowMs: number;
  /** Unacknowledged events per partition. */
  readonly prefetch: number;
  /** Period of the core's ticks. */
  readonly tickIntervalMs: number;
  /** Bytes of a request body at the admin port; above: 413. */
  readonly adminBodyBytesMax: number;
  /**
   * Longest wait of `POST /v1/events` for the bus; then 503 and in doubt. Without it a broker that
   * takes nothing would keep the caller waiting for as long as that lasts.
   */
  readonly adminPublishTimeoutMs: number;
  /** Open `/v1/stream` connections; above: 503. */
  readonly adminStreamsMax: number;
}

export interface GatewayOptions
  extends ListenOptions,
    AuthOptions,
    EdgeLimits,
    ShellLimits,
    GatewayLimits {}

export const gatewayDefaults: GatewayOptions = {
  id: 'g-1',
  host: '127.0.0.1',
  port: 8080,
  path: '/ws',
  adminHost: '127.0.0.1',
  adminPort: 8081,
  advertiseAdmin: undefined,
  adminToken: undefined,
  allowedOrigins: [],
  trustedProxies: [],
  jwtSecret: undefined,
  jwtKeyFile: undefined,
  jwksUrl: undefined,
  jwtIssuer: undefined,
  jwtAudience: undefined,
  clockSkewMs: 5_000,
  allowsQueryToken: false,
  tokenBytesMax: 4_096,
  routeBy: { kind: 'user' },
  headerBytesMax: 8_192,
  headersMax: 64,
  headerTimeoutMs: 2_000,
  authTimeoutMs: 5_000,
  attachTimeoutMs: 5_000,
  connectionsMax: 20_000,
  connectionsPerAddressMax: 200,
  connectionsPerUserMax: 20,
  handshakesPerSecond: 2_000,
  handshakesBurst: 4_000,
  handshakesPerSecondPerAddress: 50,
  handshakesBurstPerAddress: 200,
  addressesMax: 10_000,
  messageBytesMax: 65_536,
  fragmentsMax: 64,
  chunksMax: 512,
  messagesPerSecond: 200,
  messagesBurst: 400,
  sendBufferBytesMax: 1_048_576,
  heartbeatIntervalMs: 20_000,
  pausedMaxMs: 120_000,
  closeTimeoutMs: 3_000,
  drainWindowMs: 30_000,
  prefetch: 500,
  tickIntervalMs: 10,
  adminBodyBytesMax: 1_048_576,
  adminPublishTimeoutMs: 8_000,
  adminStreamsMax: 32,
  rebindAfterMs: 10,
  heldPerSessionMax: 64,
  orphanTimeoutMs: 30_000,
  pingIntervalMs: 500,
  sessionsPerBindMax: 500,
};
