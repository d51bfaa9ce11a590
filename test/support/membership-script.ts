/**
 * A membership under a script: inputs by name at a time of the test's choosing, effects as
 * short lines, so that a scenario reads like a protocol trace. Notes are left out.
 */
import type { BootId } from '../../base/index.ts';
import {
  type Changes,
  createMembership,
  emptyTable,
  type MembershipEffect,
  type MembershipInput,
  type MembershipOptions,
  type MultiResult,
  type Node,
  type Op,
  type Reading,
  type SessionEvent,
} from '../../cluster/index.ts';

export interface MembershipScript {
  nowMs: number;
  readonly boot: BootId | undefined;
  session(event: SessionEvent): string[];
  changed(): string[];
  request(
    input: Extract<MembershipInput, { kind: 'read' | 'join' | 'leave' | 'drain' }>['kind'],
  ): string[];
  table(base: number, changes?: Changes): string[];
  evict(checks: readonly BootId[], removes: readonly BootId[]): string[];
  answerRead(call: number, reading: Reading): string[];
  done(call: number, ...created: string[]): string[];
  refused(call: number): string[];
  fail(call: number): string[];
  /** A tick after this much time. */
  after(ms: number): string[];
}

export const scriptOptions: MembershipOptions = {
  role: 'worker',
  id: 'w-1',
  address: 'host:7000',
  build: 'b',
  nonce: 'n',
  weight: 2,
  renewIntervalMs: 1000,
  callDeadlineMs: 800,
};

export function membershipScript(options: Partial<MembershipOptions> = {}): MembershipScript {
  const membership = createMembership({ ...scriptOptions, ...options });
  const step = (input: MembershipInput): string[] =>
    membership.step(input, script.nowMs).flatMap(lineOf);
  const answer = (call: number, result: MultiResult): string[] =>
    step({ kind: 'multi.answered', call, result });
  const script: MembershipScript = {
    nowMs: 0,
    get boot() {
      return membership.boot;
    },
    session: (event) => step({ kind: 'session', event }),
    changed: () => step({ kind: 'changed' }),
    request: (kind) => step({ kind }),
    table: (base, changes = new Map()) => step({ kind: 'table', base, changes }),
    evict: (checks, removes) =>
      step({ kind: 'evict', base: 5, changes: new Map(), checks, removes }),
    answerRead: (call, reading) => step({ kind: 'read.answered', call, reading }),
    done: (call, ...created) => answer(call, { outcome: 'done', created }),
    refused: (call) => answer(call, { outcome: 'refused', index: 0 }),
    fail: (call) => step({ kind: 'call.failed', call }),
    after(ms) {
      script.nowMs += ms;
      return step({ kind: 'tick' });
    },
  };
  return script;
}

/** My live node in the scenarios that begin registered. */
export const own = 'w-1-0000000007';
export const live = ['w-1-7', 'w-2-1'];

/** Registered as w-1@7 with calls 3 (lease) and 4 (read) answered, at time 0. */
export function registered(...before: ('join' | 'drain')[]): MembershipScript {
  const script = membershipScript();
  for (const request of before) script.request(request);
  script.session('connected');
  script.answerRead(1, readingOf({ version: 4, live: ['w-2-1'] }));
  script.done(2, own);
  script.done(3);
  script.answerRead(4, readingOf({ version: 5, live }));
  return script;
}

function lineOf(effect: MembershipEffect): string[] {
  switch (effect.kind) {
    case 'call.read':
      return [`read #${effect.call}`];
    case 'call.multi':
      return [`multi #${effect.call}: ${effect.ops.map(opLine).join(', ')}`];
    case 'registered':
      return [`registered ${effect.boot} in ${effect.cluster} at ${effect.tableVersion}`];
    case 'view':
      return [`view ${effect.view.tableVersion} of ${[...effect.view.live.keys()].join(' ')}`];
    case 'confirmed':
      return [`confirmed ${effect.sentAtMs}`];
    case 'session.lost':
      return ['session lost'];
    case 'table.answered':
      return [`table ${effect.outcome}`];
    case 'note':
      return [];
  }
}

function opLine(op: Op): string {
  switch (op.kind) {
    case 'check':
    case 'remove':
      return `${op.kind} ${op.folder}/${op.name}`;
    case 'create': {
      const { id, boot, nonce, weight } = op.content;
      const known = [id, boot, nonce && `nonce=${nonce}`, weight && `weight=${weight}`];
      return `create ${op.folder} ${known.filter((part) => part !== undefined).join(' ')}`;
    }
    case 'table':
      return `table ${op.base}+${op.changes.size}`;
  }
}

/** Names as in ZooKeeper without their leading zeros: `w-1-7` is node 7 of `w-1`. */
export interface ReadingSketch {
  readonly version: number;
  readonly live?: readonly (string | NodeSketch)[];
  readonly ring?: readonly (string | NodeSketch)[];
  readonly gateways?: readonly (string | NodeSketch)[];
  readonly cluster?: string;
}

export interface NodeSketch {
  readonly name: string;
  readonly boot?: BootId;
  readonly nonce?: string;
}

export function readingOf(sketch: ReadingSketch): Reading {
  const { version, live = [], ring = [], gateways = [], cluster = 'c1' } = sketch;
  return {
    config: { version: 1, partitions: 4, slotCount: 8, cluster, first: true },
    tableVersion: version,
    table: emptyTable(8),
    live: live.map(nodeOf),
    ring: ring.map(nodeOf),
    gateways: gateways.map(nodeOf),
  };
}

function nodeOf(sketch: string | NodeSketch): Node {
  const { name, ...rest } = typeof sketch === 'string' ? { name: sketch } : sketch;
  const cut = name.lastIndexOf('-');
  const [id, number] = [name.slice(0, cut), name.slice(cut + 1)];
  return { id, name: `${id}-${number.padStart(10, '0')}`, boot: `${id}@${number}`, ...rest };
}
