/**
 * Everything that can go wrong on a link, as one closed list of codes (docs/protocol.md, section
 * "Errors"). A `LinkError` ends at most one connection: bytes from a peer never reach an
 * assertion, and the shell turns every one of these into a closed link and a reason.
 */
import { RingwayError } from '../base/index.ts';

export type LinkErrorCode =
  /** A frame announces, or a message would need, more bytes than `frameBytesMax`. */
  | 'link.frame_too_large'
  /** The bytes are not what the layout says: too short, too long, bad UTF-8, bad choice. */
  | 'link.malformed'
  /** No such frame type, and the frame is not marked as optional. */
  | 'link.unknown_type'
  /** A known frame at the wrong time, or from a role that may not send it. */
  | 'link.unexpected_type'
  /** A value of our own does not fit its field. */
  | 'link.unencodable'
  | 'link.version_unsupported'
  /** The peer does not know the secret. */
  | 'link.auth_failed'
  /** The peer proved the secret but serves another cluster id (rule L7). */
  | 'link.foreign_cluster'
  /** Another boot than the dialled one answers at the address. */
  | 'link.wrong_boot'
  /** A better connection between the same two exists or is being made. */
  | 'link.duplicate'
  | 'link.handshake_timeout'
  /** Nothing was received for `heartbeatIntervalMs` × `heartbeatMissesMax`. */
  | 'link.silent'
  /** More than `sendBytesMax` waits for the peer to read. */
  | 'link.send_queue_full'
  /** `handshakesMax` unauthenticated connections exist already. */
  | 'link.too_many_handshakes'
  /** The address refuses connections: no process listens there. */
  | 'link.refused'
  | 'link.unreachable'
  | 'link.reset'
  | 'link.ended'
  | 'link.listen_failed'
  /** Our own decision: the peer is not wanted any more, or a newer connection took over. */
  | 'link.dropped'
  | 'link.replaced'
  /** Our own host closes or takes another identity. */
  | 'link.closed';

const lasting: ReadonlySet<LinkErrorCode> = new Set([
  'link.frame_too_large',
  'link.malformed',
  'link.unknown_type',
  'link.unexpected_type',
  'link.unencodable',
  'link.version_unsupported',
  'link.auth_failed',
  'link.foreign_cluster',
]);

export class LinkError extends RingwayError {
  override readonly name = 'LinkError';
  declare readonly code: LinkErrorCode;

  constructor(code: LinkErrorCode, message: string, cause?: unknown) {
    super(code, message, { retryable: !lasting.has(code), cause });
  }
}
