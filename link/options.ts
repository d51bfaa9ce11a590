/** Limits and times of a link: one place for meaning, unit, default and check. */
import { ConfigError } from '../base/index.ts';

export interface LinkLimits {
  /**
   * Largest `length` of a frame, in bytes, both ways; must be equal on all processes. Larger
   * lets larger payloads through, smaller bounds what one peer can make this process hold.
   * Default 1 MiB.
   */
  readonly frameBytesMax: number;
  /** The same before the peer is authenticated, in bytes. Default 1 KiB. */
  readonly handshakeFrameBytesMax: number;
  /** From the TCP connection (or its acceptance) to the link, in ms. Default 3000. */
  readonly handshakeTimeoutMs: number;
  /** A TCP connection that takes longer has failed, in ms. Default 2000. */
  readonly connectTimeoutMs: number;
  /** Connections accepted and not yet authenticated; further ones are closed. Default 256. */
  readonly handshakesMax: number;
  /**
   * How often the cores of both ends send `PING`, in ms; the link itself only listens. Default 500.
   */
  readonly heartbeatIntervalMs: number;
  /** A link that was silent for this many intervals is dead. Default 3. */
  readonly heartbeatMissesMax: number;
  /**
   * Bytes waiting for one peer to read them; more close the link, whose protocol then sends again.
   * Larger rides out longer stalls, smaller bounds memory: worst case is this × peers.
   * Default 64 MiB.
   */
  readonly sendBytesMax: number;
  /**
   * Wait before the second attempt to dial, in ms; doubles with each further one. The first
   * attempt after a link broke follows at once. Default 50.
   */
  readonly redialMinMs: number;
  /** Longest wait between two attempts, in ms; each wait is drawn from its upper half. Default 1000. */
  readonly redialMaxMs: number;
}

export const linkLimitsDefault: LinkLimits = Object.freeze({
  frameBytesMax: 1024 * 1024,
  handshakeFrameBytesMax: 1024,
  handshakeTimeoutMs: 3000,
  connectTimeoutMs: 2000,
  handshakesMax: 256,
  heartbeatIntervalMs: 500,
  heartbeatMissesMax: 3,
  sendBytesMax: 64 * 1024 * 1024,
  redialMinMs: 50,
  redialMaxMs: 1000,
});

/** Least bytes of the shared secret: what is shorter can be guessed from one seen handshake. */
export const secretBytesMin = 16;

/** HELLO and CHALLENGE with the longest ids fit in this. */
const handshakeFrameBytesLeast = 512;

/**
 * Completes the limits with the defaults.
 *
 * @throws ConfigError naming every bad value and its option.
 */
export function parseLinkLimits(given: Partial<LinkLimits> = {}): LinkLimits {
  const limits: LinkLimits = { ...linkLimitsDefault, ...given };
  const problems = Object.entries(limits)
    .filter(([, value]) => !Number.isSafeInteger(value) || value < 1 || value > 0xffff_ffff)
    .map(([option, value]) => `${option} ${value} is not an integer from 1 to 4294967295`);
  const atLeast = (option: keyof LinkLimits, least: number, why: string): void => {
    if (limits[option] < least) problems.push(`${option} ${limits[option]} is below ${why}`);
  };
  atLeast('handshakeFrameBytesMax', handshakeFrameBytesLeast, `${handshakeFrameBytesLeast}`);
  atLeast(
    'frameBytesMax',
    limits.handshakeFrameBytesMax,
    `handshakeFrameBytesMax ${limits.handshakeFrameBytesMax}`,
  );
  atLeast('sendBytesMax', limits.frameBytesMax, `frameBytesMax ${limits.frameBytesMax}`);
  atLeast('redialMaxMs', limits.redialMinMs, `redialMinMs ${limits.redialMinMs}`);
  if (problems.length > 0) throw new ConfigError(problems);
  return limits;
}

/** @throws ConfigError when the secret is too short to be one. */
export function parseSecret(secret: string): string {
  const count = Buffer.byteLength(secret);
  if (count < secretBytesMin) {
    throw new ConfigError([`secret of ${count} bytes is shorter than ${secretBytesMin} bytes`]);
  }
  return secret;
}
