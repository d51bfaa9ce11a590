/**
 * A long life of two workers and a gateway, on a virtual clock: users and events that never come
 * twice, inputs that do. Whatever is kept in maps, sets and lists is as much at the
 * end as after the first third.
 */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { createGatewayCore } from '../../gateway/core.ts';
import type { GatewayInput } from '../../gateway/core-types.ts';
import type { LinkMessage } from '../../link/index.ts';
import { recounted } from '../../worker/weights.ts';
import { gatewayLimits } from '../sim/limits.ts';
import { CoreCluster, gateway } from '../support/core-cluster.ts';

const visitsPerRound = 200;
const roundMs = 400;

class Life {
  readonly cluster: CoreCluster;
  readonly gateway = createGatewayCore({ slotCount: 1, limits: gatewayLimits });
  #visits = 0;

  constructor(memoryBytesMax: number) {
    const limits = { retentionMs: 1_000, gatewayGoneMs: 200, memoryBytesMax };
    const handled = { event: true, message: true, open: true, close: true };
    this.cluster = new CoreCluster({ workers: ['w-1@1', 'w-2@2'], limits, handled });
    for (const boot of this.cluster.cores.keys()) {
      this.#step({ kind: 'linked', peer: boot, connection: 1 });
    }
    this.#seeTable();
  }

  /** Users come, say and see something and leave; nobody comes twice. */
  round(): void {
    for (let n = 0; n < visitsPerRound; n += 1) this.#visit();
    for (let ms = 0; ms < roundMs; ms += 100) {
      this.cluster.advance(100);
      this.#step({ kind: 'tick' });
    }
    this.#seeTable();
    this.cluster.runs.length = 0;
    this.cluster.published.length = 0;
    this.cluster.notes.length = 0;
  }

  /** By name, how many things are in each collection of both cores' states. */
  sizes(): ReadonlyMap<string, number> {
    const sizes = new Map<string, number>();
    for (const [boot, { state }] of this.cluster.cores) {
      const [slot] = state.slots;
      collect(sizes, boot, state);
      collect(sizes, `${boot} memory`, state.memory);
      collect(sizes, `${boot} own`, slot?.own);
      collect(sizes, `${boot} log`, slot?.log);
      sizes.set(`${boot} bytes`, state.memory.heldBytes);
    }
    collect(sizes, 'gateway', this.gateway.state);
    for (const route of this.gateway.state.routes.values()) {
      collect(sizes, 'gateway route', route);
      collect(sizes, 'gateway binding', route.binding);
    }
    return sizes;
  }

  #visit(): void {
    this.#visits += 1;
    const session = `s${this.#visits}`;
    const key = `user:${this.#visits}`;
    const about = { user: key, path: '/', query: '', subprotocol: '', address: '' };
    this.#step({ kind: 'session.open', session, connection: 1, key, position: undefined, about });
    const format = 'text' as const;
    const data = new Uint8Array(100);
    this.#step({ kind: 'session.message', session, n: 1, format, data });
    const event = { id: `e${this.#visits}`, key, type: 't', source: 's', format, data };
    this.#step({ kind: 'event', ref: this.#visits, partition: 0, event });
    this.#step({ kind: 'event', ref: -this.#visits, partition: 0, event });
    this.#step({ kind: 'session.close', session, code: 1000, reason: '' });
  }

  #step(input: GatewayInput): void {
    const { cluster } = this;
    for (const effect of this.gateway.step(input, cluster.nowMs)) {
      if (effect.kind !== 'send') continue;
      const { peer, message } = effect;
      cluster.input(peer, { kind: 'message', peer: gateway, connection: 1, message });
    }
    this.#answerRuns();
    const said = cluster.toGateway.splice(0);
    for (const { from, message } of said) this.#heard(from, message);
  }

  #heard(peer: string, message: LinkMessage): void {
    this.#step({ kind: 'message', peer, connection: 1, message });
  }

  #answerRuns(): void {
    while (this.cluster.runs.length > 0) {
      const data = new Uint8Array(50);
      const push = { id: 'p', type: 't', format: 'binary', data } as const;
      this.cluster.ran(0, { pushes: [push], state: data });
      this.cluster.runs.shift();
    }
  }

  #seeTable(): void {
    const view = this.cluster.core('w-1@1').state.view;
    if (view !== undefined) this.#step({ kind: 'view', view });
  }
}

function collect(sizes: Map<string, number>, place: string, holder: object | undefined): void {
  for (const [name, value] of Object.entries(holder ?? {})) {
    if (value instanceof Map || value instanceof Set) sizes.set(`${place} ${name}`, value.size);
    else if (Array.isArray(value)) sizes.set(`${place} ${name}`, value.length);
  }
}

/** The most that each was in any of these rounds. */
function most(life: Life, rounds: number): ReadonlyMap<string, number> {
  const highest = new Map<string, number>();
  for (let at = 0; at < rounds; at += 1) {
    life.round();
    for (const [name, size] of life.sizes()) {
      highest.set(name, Math.max(size, highest.get(name) ?? 0));
    }
  }
  return highest;
}

describe('a long life', () => {
  const budgets = [
    { name: 'without want of memory', memoryBytesMax: 1e9, reason: 'evictedIdle' },
    { name: 'at the limit of memory', memoryBytesMax: 800_000, reason: 'evictedForMemory' },
  ] as const;
  for (const { name, memoryBytesMax, reason } of budgets) {
    it(`leaves nothing behind, ${name}`, function () {
      this.timeout(120_000);
      const life = new Life(memoryBytesMax);
      const early = most(life, 8);
      const late = most(life, 16);
      const grown = [...late].filter(([what, size]) => size > 1.2 * (early.get(what) ?? 0) + 8);
      expect(grown).to.deep.equal([]);
      for (const { state } of life.cluster.cores.values()) {
        const log = state.slots[0]?.log;
        expect(log && recounted(log)).to.equal(log?.weight);
      }
      const owner = life.cluster.core(life.cluster.entry.owner);
      expect(owner.memory()[reason]).to.be.greaterThan(1_000);
      expect(early.get('gateway sessions')).to.equal(0);
      expect(early.get(`${life.cluster.entry.owner} log keys`)).to.be.greaterThan(100);
    });
  }
});
