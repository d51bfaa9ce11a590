/** What the scenario tests of the worker's core say and send, all about one key in one slot. */
import type { Input, SessionRef } from '../../link/index.ts';
import { CoreCluster } from './core-cluster.ts';

export const key = 'user:alice';

export function event(id: string): Input {
  const data = new TextEncoder().encode(`"${id}"`);
  return { kind: 'event', key, id, type: 't', source: 's', format: 'json', data };
}

export function message(n: number): Input {
  return { kind: 'message', key, session: 's1', n, format: 'text', data: new Uint8Array(1) };
}

export function session(changes: Partial<SessionRef> = {}): SessionRef {
  return { session: 's1', connection: 1, key, epoch: '', next: 0, ...changes };
}

export function start(options: Partial<ConstructorParameters<typeof CoreCluster>[0]> = {}) {
  const cluster = new CoreCluster({ workers: ['w-1@1', 'w-2@2'], ...options });
  const owner = cluster.entry.owner;
  // The first interest in the slot gives it its log and its copies.
  bind(cluster, owner, 0, []);
  cluster.advance(50);
  cluster.toGateway.length = 0;
  const replica = cluster.entry.copies.find((copy) => copy !== owner) ?? '';
  return { cluster, owner, replica };
}

export function bind(
  cluster: CoreCluster,
  to: string,
  binding: number,
  sessions = [session()],
): void {
  const { term } = cluster.entry;
  cluster.say(to, { type: 'BIND', slot: 0, binding, term, sessions });
}

export function send(
  cluster: CoreCluster,
  to: string,
  binding: number,
  n: number,
  input: Input,
): void {
  cluster.say(to, { type: 'INPUT', slot: 0, binding, n, input });
}

export function push(id: string) {
  return { id, type: 't', format: 'text', data: new Uint8Array(1) } as const;
}

export function epochOf(cluster: CoreCluster): string {
  const granted = cluster.heard('ATTACHED')[0];
  if (granted === undefined) throw new Error('no session was attached');
  return granted.epoch;
}
