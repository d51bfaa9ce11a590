export type { LinkErrorCode } from './errors.ts';
export type { LinkIdentity } from './handshake.ts';
export type { LinkHost, LinkHostOptions, LinkListener, WantedPeer } from './host-types.ts';
export type {
  Bytes,
  CopyMessage,
  Format,
  GatewayToWorker,
  Input,
  InputRecord,
  KeyImage,
  LinkMessage,
  LogRecord,
  Outward,
  OutwardEntry,
  PingMessage,
  Push,
  Reply,
  SessionAbout,
  SessionRef,
  WorkerToGateway,
} from './messages.ts';
export { type LinkLimits, parseLinkLimits } from './options.ts';
export type { ListenAddress } from './pipe.ts';
export type { Role } from './schema.ts';
export { createLinkHost } from './tcp.ts';
