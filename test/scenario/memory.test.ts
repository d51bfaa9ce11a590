/** What a worker does when its logs, or those of a copy, take more than they may (rules G1–G4). */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { WorkerLimits } from '../../worker/core-types.ts';
import { weightOf } from '../../worker/weights.ts';
import { CoreCluster } from '../support/core-cluster.ts';

const w1 = 'w-1@1';
const w2 = 'w-2@2';
const retentionMs = 20_000;

/** A cluster of one slot, and a gateway that numbers its inputs. */
class Stage {
  readonly cluster: CoreCluster;
  readonly owner: string;
  readonly copy: string;
  #n = 0;

  constructor(memoryBytesMax: number, limits: Partial<WorkerLimits> = {}) {
    const all = { retentionMs, memoryBytesMax, gatewayGoneMs: 40, ...limits };
    this.cluster = new CoreCluster({ workers: [w1, w2], limits: all });
    const { owner } = this.cluster.entry;
    this.owner = owner;
    this.copy = owner === w1 ? w2 : w1;
    const { term } = this.cluster.entry;
    this.cluster.say(owner, { type: 'BIND', slot: 0, binding: 1, term, sessions: [] });
    this.cluster.advance(100);
    expect(this.cluster.entry.copies).to.have.members([w1, w2]);
  }

  event(key: string, bytes = 500): void {
    this.#n += 1;
    const data = new Uint8Array(bytes);
    const about = { id: `e${this.#n}`, type: 't', source: 's', format: 'binary' } as const;
    const input = { kind: 'event', key, ...about, data } as const;
    this.cluster.say(this.owner, { type: 'INPUT', slot: 0, binding: 1, n: this.#n, input });
  }

  open(key: string, epoch = '', next = 0): void {
    const ref = { session: `s-${key}`, connection: 1, key, epoch, next };
    this.cluster.say(this.owner, { type: 'OPEN', slot: 0, binding: 1, sessions: [ref] });
  }

  close(key: string): void {
    const about = { slot: 0, binding: 1, session: `s-${key}`, connection: 1 };
    this.cluster.say(this.owner, { type: 'CLOSE', ...about });
  }

  keys(boot = this.owner): readonly string[] {
    return [...(this.cluster.core(boot).logOf(0)?.keys.keys() ?? [])];
  }

  get held(): number {
    return this.cluster.core(this.owner).memory().heldBytes;
  }

  attached(key: string) {
    return this.cluster.heard('ATTACHED').filter(({ session }) => session === `s-${key}`);
  }
}

/** Fills a log with `count` keys of one event each, 10 ms apart. */
function fill(stage: Stage, count: number): readonly string[] {
  const keys = Array.from({ length: count }, (_, at) => `k${String(at).padStart(3, '0')}`);
  for (const key of keys) {
    stage.event(key);
    stage.cluster.advance(10);
  }
  return keys;
}

describe('a worker whose logs take more than they may', () => {
  it('forgets the keys that nobody has used for longest, down to nine tenths, on both copies', () => {
    const stage = new Stage(100_000);
    stage.open('online');
    const keys = fill(stage, 60);
    stage.cluster.advance(600);
    const left = stage.keys().filter((key) => key !== 'online');
    expect(left).to.deep.equal(keys.slice(-left.length));
    expect(left.length).to.be.within(20, 55);
    expect(stage.held).to.be.within(60_000, 100_000);
    expect(stage.keys(stage.copy)).to.have.members(stage.keys());
    expect(stage.keys()).to.include('online');
    const { evictedForMemory, refusedEvents, isFull } = stage.cluster.core(stage.owner).memory();
    expect(evictedForMemory).to.equal(60 - left.length);
    expect([refusedEvents, isFull]).to.deep.equal([0, false]);
    expect(stage.cluster.notes.filter((event) => event === 'memory.over')).to.have.length(2);
  });

  it('counts a key as used for as long as it has a session, and from its last one on anew', () => {
    const stage = new Stage(100_000);
    fill(stage, 25);
    stage.open('k000');
    stage.open('k001');
    stage.cluster.advance(100);
    stage.close('k001');
    for (let at = 0; at < 22; at += 1) stage.event(`more${at}`);
    stage.cluster.advance(600);
    expect(stage.keys()).to.include.members(['k000', 'k001']);
    expect(stage.keys()).not.to.include('k002');
  });

  it('forgets no key so soon that its inputs might come again', () => {
    const stage = new Stage(40_000, { gatewayGoneMs: 2_000 });
    const keys = fill(stage, 30);
    stage.cluster.advance(1_000);
    const { evictedForMemory, refusedEvents } = stage.cluster.core(stage.owner).memory();
    expect([evictedForMemory, stage.keys().length]).to.deep.equal([0, 30 - refusedEvents]);
    stage.cluster.advance(2_000);
    expect(stage.keys()).not.to.include(keys[0]);
  });

  it('shortens windows when every key is in use, and tells who falls out of them', () => {
    const stage = new Stage(60_000, { tailRecordsMax: 1 });
    stage.open('room');
    const [{ epoch = '' } = {}] = stage.attached('room');
    for (let at = 0; at < 100; at += 1) {
      stage.event('room');
      stage.cluster.advance(100);
    }
    const records = (boot: string) => {
      const log = stage.cluster.core(boot).logOf(0)?.keys.get('room');
      return log?.records.map(({ offset }) => offset) ?? [];
    };
    expect(records(stage.owner)[0]).to.be.within(20, 99);
    expect(records(stage.owner).at(-1)).to.equal(99);
    expect(records(stage.copy)).to.deep.equal(records(stage.owner));
    expect(stage.held).to.be.at.most(62_000);
    expect(stage.cluster.core(stage.owner).memory().trims).to.be.greaterThan(1);
    const session = { session: 'late', connection: 1, key: 'room', epoch, next: 3 };
    const open = { type: 'OPEN', slot: 0, binding: 1, sessions: [session] } as const;
    stage.cluster.say(stage.owner, open);
    expect(stage.cluster.heard('ATTACHED').at(-1)).to.include({
      session: 'late',
      reason: 'window',
    });
  });

  it('keeps what may still be on its way to sessions that are bound anew, however little room', () => {
    const stage = new Stage(10_000, { gatewayGoneMs: 2_000 });
    const { cluster, owner } = stage;
    stage.open('room');
    const [{ epoch = '' } = {}] = stage.attached('room');
    for (let at = 0; at < 60; at += 1) {
      stage.event('room');
      cluster.advance(100);
    }
    cluster.advance(500);
    expect(cluster.core(owner).memory().trims).to.be.greaterThan(0);
    // Offset 46 is 1.9 s old, 35 is 3 s old.
    const sessions = [46, 35].map((next) => ({
      session: `at${next}`,
      connection: 1,
      key: 'room',
      epoch,
      next,
    }));
    const { term } = cluster.entry;
    cluster.say(owner, { type: 'BIND', slot: 0, binding: 2, term, sessions });
    const told = cluster.heard('ATTACHED').slice(-2);
    expect(told.map(({ session, reason }) => [session, reason])).to.deep.equal([
      ['at46', ''],
      ['at35', 'window'],
    ]);
    const frames = cluster.heard('FRAME').filter(({ binding }) => binding === 2);
    expect(frames.map(({ offset }) => offset).slice(0, 2)).to.deep.equal([46, 47]);
  });

  it('refuses new keys when all that was not enough, and takes them once there is room', () => {
    const stage = new Stage(40_000);
    const { cluster } = stage;
    for (let at = 0; at < 40; at += 1) stage.open(`in${at}`);
    cluster.advance(100);
    expect(cluster.core(stage.owner).memory().isFull).to.equal(true);
    expect(cluster.notes).to.include('memory.full');
    stage.open('new');
    stage.event('unknown');
    stage.event('in3');
    cluster.advance(100);
    expect(stage.attached('new')).to.deep.equal([]);
    const failures = cluster.heard('INPUT_ACK').map(({ n, failure }) => [n, failure.slice(0, 6)]);
    expect(failures).to.have.deep.members([
      [1, 'memory'],
      [2, ''],
    ]);
    expect(stage.keys()).to.include('in3').and.not.include.members(['new', 'unknown']);
    const { refusedEvents, delayedSessions } = cluster.core(stage.owner).memory();
    expect([refusedEvents, delayedSessions]).to.deep.equal([1, 1]);
    for (let at = 10; at < 40; at += 1) stage.close(`in${at}`);
    cluster.advance(600);
    expect(stage.attached('new')).to.have.length(1);
    stage.event('unknown');
    expect(cluster.heard('INPUT_ACK').at(-1)).to.include({ failure: '' });
  });

  it('lets a message for a new key wait for room, and handles it then', () => {
    const stage = new Stage(40_000);
    const { cluster } = stage;
    for (let at = 0; at < 40; at += 1) stage.open(`in${at}`);
    cluster.advance(100);
    const about = { key: 'new', session: 's', n: 1, format: 'text' } as const;
    const input = { kind: 'message', ...about, data: new Uint8Array(1) } as const;
    cluster.say(stage.owner, { type: 'INPUT', slot: 0, binding: 1, n: 1, input });
    cluster.advance(200);
    expect(cluster.heard('INPUT_ACK')).to.deep.equal([]);
    for (let at = 0; at < 40; at += 1) stage.close(`in${at}`);
    cluster.advance(600);
    expect(cluster.heard('INPUT_ACK')).to.deep.include.members([
      { type: 'INPUT_ACK', slot: 0, binding: 1, n: 1, failure: '' },
    ]);
    expect(cluster.published.map(({ topic }) => topic)).to.deep.equal(['message.new']);
  });

  it('lets a session that waited for room leave without a trace', () => {
    const stage = new Stage(40_000);
    for (let at = 0; at < 40; at += 1) stage.open(`in${at}`);
    stage.cluster.advance(100);
    stage.open('new');
    stage.close('new');
    for (let at = 0; at < 40; at += 1) stage.close(`in${at}`);
    stage.cluster.advance(600);
    expect(stage.attached('new')).to.deep.equal([]);
    expect(stage.keys()).not.to.include('new');
    expect(stage.cluster.core(stage.owner).state.memory.waiting.size).to.equal(0);
  });
});

describe('a copy that holds more than it may', () => {
  function limited(stage: Stage, memoryBytesMax: number): void {
    const { state } = stage.cluster.core(stage.copy);
    Object.assign(state, { limits: { ...state.limits, memoryBytesMax } });
  }

  it('has the owner forget for it', () => {
    const stage = new Stage(1_000_000);
    limited(stage, 100_000);
    const keys = fill(stage, 120);
    stage.cluster.advance(600);
    const left = stage.keys();
    expect(left).to.deep.equal(keys.slice(-left.length));
    expect(left.length).to.be.within(20, 80);
    const copy = stage.cluster.core(stage.copy);
    expect(copy.memory().heldBytes).to.be.at.most(100_000);
    expect(weightOf(copy.logOf(0))).to.equal(copy.memory().heldBytes);
  });

  it('keeps new keys out of the slots that it copies until it has room', () => {
    const stage = new Stage(1_000_000);
    for (let at = 0; at < 40; at += 1) stage.open(`in${at}`);
    stage.cluster.advance(200);
    limited(stage, 30_000);
    stage.cluster.advance(200);
    stage.open('new');
    expect(stage.attached('new')).to.deep.equal([]);
    limited(stage, 1_000_000);
    stage.cluster.advance(200);
    expect(stage.attached('new')).to.have.length(1);
  });

  it('stops nobody any more once it is gone', () => {
    const stage = new Stage(1_000_000);
    for (let at = 0; at < 40; at += 1) stage.open(`in${at}`);
    stage.cluster.advance(200);
    limited(stage, 30_000);
    stage.cluster.advance(200);
    stage.cluster.crash(stage.copy);
    stage.open('new');
    stage.cluster.advance(600);
    expect(stage.attached('new')).to.have.length(1);
  });
});
