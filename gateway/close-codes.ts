/**
 * Every WebSocket close code that a gateway sends, in one place; docs/errors.md shows the same
 * table and a test compares them.
 *
 * The range tells a client that has never heard of a code what to do: 4000–4499 reconnect,
 * 4500–4999 do not. Codes below 4000 are those of RFC 6455 and the IANA registry.
 */

export interface CloseCode {
  readonly code: number;
  /** Sent as the close reason; constant, so that it can be matched and never leaks anything. */
  readonly reason: string;
  readonly isRetryable: boolean;
}

const close = (code: number, reason: string, isRetryable: boolean): CloseCode =>
  Object.freeze({ code, reason, isRetryable });

export const closeCodes = Object.freeze({
  /** The frames broke RFC 6455; sent by the WebSocket layer itself, without a reason. */
  protocolError: close(1002, '', false),
  /** A binary frame on a `ringway.v1` connection. */
  binaryRefused: close(1003, 'text frames only', false),
  /** Text that is not UTF-8; sent by the WebSocket layer. */
  invalidText: close(1007, '', false),
  /** Too many fragments or chunks of one message; sent by the WebSocket layer. */
  tooManyFragments: close(1008, '', false),
  /** A message over `messageBytesMax`; sent by the WebSocket layer. */
  messageTooBig: close(1009, '', false),
  /** The gateway is drained or redeployed: resume on another one. */
  serviceRestart: close(1012, 'service restart', true),
  /** A `ringway.v1` message that is not one: see the protocol page. */
  invalidMessage: close(4400, 'invalid message', true),
  /** The token's `exp` passed: come back with a new one. */
  tokenExpired: close(4401, 'token expired', true),
  /** No pong for two heartbeats, or paused for too long. */
  heartbeatLost: close(4408, 'heartbeat lost', true),
  /** Plain clients only: events may be missing, start anew. */
  stateLost: close(4410, 'state lost', true),
  /** More than `sendBufferBytesMax` waited for this client to read. */
  slowClient: close(4413, 'slow client', true),
  /** More messages or pings than `messagesPerSecond` allows. */
  messageRate: close(4429, 'message rate', true),
  /** No worker, or not the key's owner, reachable for `orphanTimeoutMs`. */
  noWorker: close(1013, 'no worker', true),
  /** The same session was resumed on another socket. */
  takenOver: close(4509, 'session taken over', false),
});

const known: ReadonlySet<number> = new Set(Object.values(closeCodes).map(({ code }) => code));

/** The code as a metric label: codes chosen by clients must not make new series. */
export function closeCodeLabel(code: number): string {
  if (known.has(code) || code === 1000 || code === 1001 || code === 1005 || code === 1006) {
    return String(code);
  }
  return 'other';
}
