/** Plants against claims and clocks: the table, leases, losses, evictions and replaced data. */
import type { View } from '../../../cluster/index.ts';
import { both, changed, leftOut, limits, type Plants, sent, type Wrap, workers } from './twist.ts';

const always = 1e9;

export const claimPlants: Plants = {
  'lease-from-readings': {
    rule: 'L1',
    what: 'a reading that lists me renews the lease, though a lagging follower gave it',
    mix: 'laggingFollowers',
    wrap: workers((state) => ({
      before: (input, nowMs) => {
        const isListed = input.kind === 'view' && input.view.live.has(state.me);
        return isListed ? [input, { kind: 'confirmed', sentAtMs: nowMs }] : [input];
      },
    })),
  },
  'older-table': {
    rule: 'Z4',
    what: 'an entry with a lower term than is known counts',
    mix: 'mixed',
    coveredBy: 'C10, S2',
    wrap: leftOut('older-table'),
  },
  'live-before-table': {
    rule: 'Z1',
    what: 'the list of the living was read up to 150 ms before the table that is judged by it',
    mix: 'mixed',
    coveredBy: 'C1a′, C1b',
    wrap: workers(() => {
      const read: { readonly atMs: number; readonly live: View['live'] }[] = [];
      return {
        before: (input, nowMs) => {
          if (input.kind !== 'view') return [input];
          read.push({ atMs: nowMs, live: input.view.live });
          while ((read[1]?.atMs ?? nowMs) < nowMs - 150) read.shift();
          const live = read[0]?.live ?? input.view.live;
          return [{ ...input, view: { ...input.view, live } }];
        },
      };
    }),
  },
  'registration-unnoticed': {
    rule: 'Z6',
    what: "registering does not raise the table's version",
    mix: 'mixed',
    coveredBy: 'C1b',
    wrap: both(
      (subjects) => ({
        ...subjects,
        multi: (ops) => ops.filter((op) => op.kind !== 'table' || op.changes.size > 0),
      }),
      workers(() => ({
        before: (input) => {
          if (input.kind !== 'registered') return [input];
          return [{ ...input, tableVersion: input.tableVersion - 1 }];
        },
      })),
    ),
  },
  'no-hold-off': {
    rule: 'C1b',
    what: 'a loss is declared as soon as no copy is to be seen',
    mix: 'islands',
    coveredBy: 'L1, L4',
    wrap: limits({ holdOffMs: 0 }),
  },
  'no-lease': {
    rule: 'L1, L4',
    what: 'an owner acts without asking how old its lease is',
    mix: 'copiesAway',
    wrap: leftOut('no-lease'),
  },
  'endless-lease': {
    rule: 'L1',
    what: 'the lease never runs out, of owners nor of copies',
    mix: 'copiesAway',
    wrap: workers(() => ({
      before: (input) => [
        input.kind === 'confirmed' ? { ...input, sentAtMs: input.sentAtMs + always } : input,
      ],
    })),
  },
  'old-answers-do': {
    rule: 'L4',
    what: 'past the lease nobody has to have answered lately',
    mix: 'copiesAway',
    wrap: limits({ pingWindowMs: always }),
  },
  'later-confirmations-ignored': {
    rule: 'L4',
    what: 'past the lease it does not matter that another was confirmed later',
    mix: 'copiesAway',
    wrap: limits({ slackMs: always }),
  },
  'hearsay-kept': {
    rule: 'L3, S4',
    what: 'nobody passes on confirmations that it heard of, and copies confirm past their lease',
    mix: 'islands',
    wrap: both(
      copyWithoutLease(),
      sent('PONG', (message, { confirmedAtMs, nowMs }) => ({
        ...message,
        confirmationAgeMs: confirmedAtMs < 0 ? -1 : nowMs - confirmedAtMs,
      })),
    ),
  },
  'new-data-at-once': {
    rule: 'W4',
    what: 'slots of new data are claimed without a hold-off',
    mix: 'wiped',
    coveredBy: 'L1, L7',
    wrap: workers(() => ({
      before: (input) => {
        if (input.kind !== 'view') return [input];
        return [{ ...input, view: { ...input.view, isFirstData: true } }];
      },
    })),
  },
  'no-exit': {
    rule: 'C11′, W2',
    what: 'of two boots of one id none exits, nor does a worker whose data was replaced',
    mix: 'wiped',
    wrap: workers(() => ({
      after: (_input, effects) => effects.filter(({ kind }) => kind !== 'exit'),
    })),
  },
  'epoch-without-cluster': {
    rule: 'W1',
    what: 'a worker takes a position in the data before the wipe for one in its own',
    mix: 'wiped',
    wrap: workers((state) => ({
      before: (input) => {
        const one = changed(input, 'BIND', (message) => ({
          ...message,
          sessions: message.sessions.map((ref) => ({ ...ref, epoch: inData(ref.epoch) })),
        }));
        return [one];
        function inData(epoch: string): string {
          return epoch.replace(/^c\d+-/, `${state.cluster}-`);
        }
      },
    })),
  },
};

/** Only what a message of the feed sets free: as an owner the worker keeps to its lease. */
function copyWithoutLease(): Wrap {
  return workers((state) => {
    let kept = state.confirmedAtMs;
    let isFeed = false;
    return {
      before: (input, nowMs) => {
        isFeed =
          input.kind === 'message' &&
          (input.message.type === 'APPEND' || input.message.type === 'SNAPSHOT');
        kept = state.confirmedAtMs;
        if (isFeed) state.confirmedAtMs = nowMs;
        return [input];
      },
      after: (_input, effects) => {
        if (isFeed) state.confirmedAtMs = kept;
        return effects;
      },
    };
  });
}
