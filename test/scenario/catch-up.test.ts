/** Copies of a newcomer are made level one after the other, not all into one connection at once. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { createWorkerCore } from '../../worker/core.ts';
import type { WorkerEffect, WorkerInput } from '../../worker/core-types.ts';
import { noneHandled } from '../sim/application.ts';
import { workerLimits } from '../sim/limits.ts';
import { viewOf } from '../support/one-core.ts';

const me = 'w-1@1';
const newcomer = 'w-2@2';
const slots = [0, 1, 2, 3];
type Sent = Extract<WorkerEffect, { kind: 'send' }>['message'];

/** An owner of four slots, each with a key, and a newcomer that has answered all its probes. */
function stage(copyBytesInFlightMax: number) {
  const limits = { ...workerLimits, copyBytesInFlightMax };
  const options = { slotCount: slots.length, limits, handled: noneHandled, wallOffsetMs: 0 };
  const core = createWorkerCore(options);
  let nowMs = 0;
  const take = (input: WorkerInput): readonly Sent[] => {
    nowMs += 5;
    core.step({ kind: 'confirmed', sentAtMs: nowMs }, nowMs);
    return core
      .step(input, nowMs)
      .flatMap((effect) =>
        effect.kind === 'send' && effect.peer === newcomer ? effect.message : [],
      );
  };
  const hear = (message: Sent, connection = 1) =>
    take({ kind: 'message', peer: newcomer, connection, message });
  const entries = slots.map(() => ({ owner: me, term: 1, copies: [me], epoch: 1 }));
  take({ kind: 'registered', boot: me, cluster: 'c', tableVersion: 0 });
  take({ kind: 'view', view: viewOf(1, [me], entries) });
  take({ kind: 'linked', peer: 'g-1@3', role: 'gateway', connection: 1 });
  for (const slot of slots) {
    const session = { session: `s${slot}`, connection: 1, key: `user:${slot}`, epoch: '', next: 0 };
    const message = { type: 'BIND', slot, binding: slot, term: 1, sessions: [session] } as const;
    take({ kind: 'message', peer: 'g-1@3', connection: 1, message });
  }
  take({ kind: 'view', view: viewOf(2, [me, newcomer], entries) });
  const meet = (connection: number): readonly Sent[] => {
    const linked = take({ kind: 'linked', peer: newcomer, role: 'worker', connection });
    const probes = of('PROBE', [...linked, ...take({ kind: 'tick' })]);
    expect(probes).to.have.length(slots.length);
    return probes.flatMap(({ slot, stream }) =>
      hear({ type: 'PROBED', slot, term: 1, stream, epoch: 0, length: 0, lastTerm: 0 }, connection),
    );
  };
  const answer = ({ slot, stream, length }: Extract<Sent, { type: 'SNAPSHOT' }>) =>
    hear({ type: 'APPENDED', slot, term: 1, stream, length });
  return { take, hear, meet, answer };
}

function of<T extends Sent['type']>(type: T, sent: readonly Sent[]): Extract<Sent, { type: T }>[] {
  return sent.filter((message): message is Extract<Sent, { type: T }> => message.type === type);
}

describe('what is under way to make copies level', () => {
  it('is one slot at a time where one is as much as may be', () => {
    const { meet, answer } = stage(1);
    let snapshots = of('SNAPSHOT', meet(1));
    const seen: number[] = [];
    while (snapshots.length > 0) {
      expect(snapshots).to.have.length(1);
      const [snapshot] = snapshots;
      if (snapshot === undefined) break;
      seen.push(snapshot.slot);
      snapshots = of('SNAPSHOT', answer(snapshot));
    }
    expect(seen.sort()).to.deep.equal(slots);
  });

  it('is all of them where they fit', () => {
    const { meet } = stage(1_000_000);
    expect(of('SNAPSHOT', meet(1))).to.have.length(slots.length);
  });

  it('begins anew with each connection', () => {
    const { meet, take } = stage(1);
    expect(of('SNAPSHOT', meet(1))).to.have.length(1);
    take({ kind: 'unlinked', peer: newcomer, connection: 1 });
    expect(of('SNAPSHOT', meet(2))).to.have.length(1);
  });

  it('does not count a stream that has ended', () => {
    const { meet, hear, take } = stage(1);
    const [snapshot] = of('SNAPSHOT', meet(1));
    const { slot = -1, stream = -1 } = snapshot ?? {};
    // The peer has lost the stream, so it is opened anew and has to wait for its turn again.
    expect(of('PROBE', hear({ type: 'RESYNC', slot, term: 1, stream }))).to.have.length(1);
    const next = of('SNAPSHOT', take({ kind: 'tick' }));
    expect(next.map((one) => one.slot)).to.have.length(1);
    expect(next[0]?.slot).not.to.equal(slot);
  });
});
