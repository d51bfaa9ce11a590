/**
 * How a process gets its node, and with it its boot identity: attempts are made until one is
 * known to have succeeded. Each is one multi of `create` and an empty change of the table just
 * read: claims computed without me then fail (rule Z6), and of several attempts whose answers
 * got lost at most one can have succeeded, which the node's nonce shows.
 */
import { assert, type BootId } from '../base/index.ts';
import type { Folder, NodeContent, Op, Reading } from './coordinator.ts';
import type { MembershipOptions } from './membership-types.ts';
import { bootOfName } from './node-name.ts';

export interface Registered {
  /** Of my node. */
  readonly name: string;
  readonly boot: BootId;
  readonly cluster: string;
  /** Right after the registration. */
  readonly tableVersion: number;
}

export type Attempt =
  | { readonly kind: 'registered'; readonly registered: Registered }
  | { readonly kind: 'try'; readonly ops: readonly Op[] };

export interface Registration {
  /** Of the last success. */
  readonly boot: BootId | undefined;
  /** A new registration: nodes of earlier ones are not mine any more. */
  begin(): void;
  /** What `reading` shows: an earlier attempt did succeed, or what to try next. */
  attempt(reading: Reading): Attempt;
  /** The last attempt was answered `done`. */
  succeed(name: string): Registered;
}

export function createRegistration(options: MembershipOptions, folder: Folder): Registration {
  // Boot identities are relative to a cluster id: its sequence numbers made them.
  let identity: { readonly boot: BootId; readonly cluster: string } | undefined;
  let begun = 0;
  let last: { readonly base: number; readonly cluster: string } | undefined;

  const bootIn = (cluster: string): BootId | undefined =>
    identity?.cluster === cluster ? identity.boot : undefined;
  const nonce = (): string => `${options.nonce}.${begun}`;

  const succeed = (name: string): Registered => {
    assert(last !== undefined, `node ${name} was created by no attempt`);
    const { base, cluster } = last;
    identity = { boot: bootIn(cluster) ?? bootOfName(name), cluster };
    return { name, ...identity, tableVersion: base + 1 };
  };
  const ops = (cluster: string, base: number): readonly Op[] => {
    const { id, address, build } = options;
    const boot = bootIn(cluster);
    const content: NodeContent = { id, address, build, nonce: nonce(), ...(boot && { boot }) };
    return [
      { kind: 'create', folder, content },
      { kind: 'table', base, changes: new Map() },
    ];
  };

  return {
    get boot() {
      return identity?.boot;
    },
    begin() {
      begun += 1;
      last = undefined;
    },
    attempt(reading) {
      const own = reading[folder].find((node) => node.nonce === nonce());
      if (own !== undefined && last !== undefined) {
        return { kind: 'registered', registered: succeed(own.name) };
      }
      const { cluster } = reading.config;
      // A lagging follower may answer with a table older than the one tried on.
      const tried = last?.cluster === cluster ? last.base : 0;
      last = { base: Math.max(reading.tableVersion, tried), cluster };
      return { kind: 'try', ops: ops(last.cluster, last.base) };
    },
    succeed,
  };
}
