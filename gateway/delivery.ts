/**
 * The core's effects as frames on clients' sockets, encoded as rarely as possible: once per
 * flavour for all sockets that get a record's pushes alone, once more for each with its own reply.
 */
import type { Offset } from '../base/index.ts';
import type { Push } from '../link/index.ts';
import type { ClientProtocol, ReplyPart } from './client-protocol.ts';
import type { ClientSocket } from './client-socket.ts';
import type { GatewayEffect } from './core-types.ts';

type Clients = ReadonlyMap<string, ClientSocket>;
type Effect<Kind extends GatewayEffect['kind']> = Extract<GatewayEffect, { kind: Kind }>;

/** Sessions that are not among the clients have closed meanwhile: their record stays in the log. */
export function deliverRecord(effect: Effect<'frame'>, clients: Clients): void {
  const frames = recordFrames(effect.offset, effect.pushes);
  for (const { session, replies } of effect.sessions) {
    const client = clients.get(session);
    if (client === undefined) continue;
    const bytes = frames(client.protocol, replies);
    if (bytes !== undefined) client.write(bytes);
  }
}

export function deliverVolatile(effect: Effect<'volatile'>, clients: Clients): void {
  const { type, format, data } = effect;
  const shared = new Map<ClientProtocol, Buffer>();
  for (const session of effect.sessions) {
    const client = clients.get(session);
    if (client === undefined) continue;
    const { protocol } = client;
    const bytes = shared.get(protocol) ?? protocol.volatile(type, { format, data });
    shared.set(protocol, bytes);
    client.write(bytes);
  }
}

export function deliverAccepted(effect: Effect<'accepted'>, clients: Clients): void {
  const client = clients.get(effect.session);
  const bytes = client?.protocol.accepted(effect.n, effect.failure);
  if (bytes !== undefined) client?.write(bytes);
}

/** The frames of a record for a socket, or undefined when the record holds nothing for it. */
type RecordFrames = (protocol: ClientProtocol, replies: readonly ReplyPart[]) => Buffer | undefined;

function recordFrames(offset: Offset, pushes: readonly Push[]): RecordFrames {
  const shared = new Map<ClientProtocol, Buffer>();
  return (protocol, replies) => {
    if (replies.length > 0) return protocol.record(offset, pushes, replies);
    if (pushes.length === 0) return undefined;
    const frames = shared.get(protocol) ?? protocol.record(offset, pushes, []);
    shared.set(protocol, frames);
    return frames;
  };
}
