/** Plants against the copies: replication, streams, snapshots, and when a copy is given up. */
import type { BootId } from '../../../base/index.ts';
import type { Own, SlotState, WorkerState } from '../../../worker/slot.ts';
import { changed, leftOut, limits, messageOf, type Plants, sent, workers } from './twist.ts';

export const copyPlants: Plants = {
  'ack-before-replicated': {
    rule: 'H3',
    what: 'inputs are acknowledged before the other copy has the record',
    mix: 'mixed',
    wrap: workers((_state, core) => ({
      after: (input, effects) => {
        const message = messageOf(input);
        if (input.kind !== 'message' || message?.type !== 'INPUT') return effects;
        const { slot, binding, n } = message;
        if (core.report(slot).phase !== 'serving') return effects;
        const ack = { type: 'INPUT_ACK', slot, binding, n, failure: '' } as const;
        return [...effects, { kind: 'send', peer: input.peer, message: ack }];
      },
    })),
  },
  'replica-forgets': {
    rule: 'S2',
    what: 'a replica confirms what it has only just received, and empties every eighth append',
    mix: 'planned',
    wrap: workers(() => {
      let appends = 0;
      return {
        before: (input) => [
          changed(input, 'APPEND', (message) => {
            appends += 1;
            if (appends % 8 !== 0) return message;
            const records = message.records.map((record) =>
              record.kind === 'input' ? { ...record, pushes: [], replies: [] } : record,
            );
            return { ...message, records };
          }),
        ],
      };
    }),
  },
  'torn-snapshot': {
    rule: 'S3',
    what: 'the first part of a snapshot is taken for the whole',
    mix: 'planned',
    wrap: workers(() => ({
      before: (input) => [
        changed(input, 'SNAPSHOT', (message) => ({
          ...message,
          isLast: true,
          keys: message.keys.slice(1),
        })),
      ],
    })),
  },
  'window-forgotten': {
    rule: 'S3',
    what: 'a snapshot does not say which pushes and replies are no longer kept',
    mix: 'trimming',
    wrap: sent('SNAPSHOT', (message) => ({
      ...message,
      keys: message.keys.map((key) => ({ ...key, lostBefore: 0, lostReplies: [] })),
    })),
  },
  'snapshot-without-ids': {
    rule: 'B9',
    what: 'a snapshot leaves out the ids of the records',
    mix: 'trimming',
    wrap: sent('SNAPSHOT', (message) => ({
      ...message,
      keys: message.keys.map((key) => ({ ...key, ids: [] })),
    })),
  },
  'few-ids': {
    rule: 'B9',
    what: 'only the four newest ids of a key are remembered',
    mix: 'trimming',
    wrap: limits({ idsPerKeyMax: 4 }),
  },
  'no-term-match': {
    rule: 'S1',
    what: 'a stream goes on behind a copy whose last record has another term',
    mix: 'pauses',
    coveredBy: 'C10',
    wrap: leftOut('no-term-match'),
  },
  'no-catch-up': {
    rule: 'C5',
    what: 'a new copy is proposed before it holds anything',
    mix: 'mixed',
    wrap: leftOut('no-catch-up'),
  },
  'empty-is-level': {
    rule: 'C5',
    what: 'a copy counts as synced before it has answered: an empty log needs no answer',
    mix: 'mixed',
    wrap: workers((state) => ({
      before: (input) => {
        for (const [, own] of owned(state)) {
          for (const stream of own.streams.values()) stream.synced = true;
        }
        return [input];
      },
    })),
  },
  'pending-need-not-confirm': {
    rule: 'Z3, C2',
    what: 'the copy of a change in flight is not waited for',
    mix: 'mixed',
    wrap: workers((state) => ({
      before: (input) => {
        for (const [slot, own] of owned(state)) {
          const listed = pendingCopies(state, slot);
          const added = listed.filter((copy) => !own.copies.includes(copy));
          for (const copy of added) takeForConfirmed(slot, own, copy);
        }
        return [input];
      },
    })),
  },
  'change-counts-at-once': {
    rule: 'C2',
    what: 'the copies of a change in flight stand in for the confirmed ones',
    mix: 'mixed',
    wrap: workers((state) => ({
      before: (input) => {
        for (const [slot, own] of owned(state)) {
          const listed = pendingCopies(state, slot);
          if (listed.includes(state.me)) own.copies = listed;
        }
        return [input];
      },
    })),
  },
  'copy-dropped-early': {
    rule: 'C10',
    what: 'a copy is dropped on any entry that does not list it',
    mix: 'mixed',
    coveredBy: 'S2',
    wrap: workers((state) => ({
      before: (input) => {
        for (const slot of state.slots) slot.sourceTerm = -1;
        return [input];
      },
    })),
  },
  'copies-thrown-away': {
    rule: 'Z7',
    what: 'a worker that lost its session throws its copies away',
    mix: 'mixed',
    wrap: workers((state) => ({
      after: (input, effects) => {
        if (input.kind === 'session.lost') for (const slot of state.slots) slot.log = undefined;
        return effects;
      },
    })),
  },
  'no-resync': {
    rule: 'S2',
    what: 'what does not fit a stream is met with silence',
    mix: 'mixed',
    coveredBy: 'S1, C10',
    wrap: workers(() => ({
      after: (_input, effects) =>
        effects.filter(({ kind, ...effect }) => {
          return !(kind === 'send' && 'message' in effect && effect.message.type === 'RESYNC');
        }),
    })),
  },
};

function owned(state: WorkerState): readonly (readonly [SlotState, Own])[] {
  return state.slots.flatMap((slot) => (slot.own === undefined ? [] : [[slot, slot.own] as const]));
}

function pendingCopies(state: WorkerState, { slot }: SlotState): readonly BootId[] {
  return state.pending?.changes.get(slot)?.copies ?? [];
}

function takeForConfirmed({ log }: SlotState, own: Own, copy: BootId): void {
  const stream = own.streams.get(copy);
  if (stream !== undefined && log !== undefined) stream.acked = log.length;
}
