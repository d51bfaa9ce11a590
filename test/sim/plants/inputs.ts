/** Plants against inputs on their way to records, and against what goes out again. */
import type { WorkerInput } from '../../../worker/core-types.ts';
import { enqueue } from '../../../worker/runs.ts';
import type { Own } from '../../../worker/slot.ts';
import { gateways, leftOut, limits, messageOf, type Plants, workers } from './twist.ts';

export const inputPlants: Plants = {
  'bindings-ignored': {
    rule: 'B2',
    what: 'an input of a binding that is closed is taken all the same',
    mix: 'planned',
    wrap: workers((state) => ({
      before: (input) => {
        const message = messageOf(input);
        if (input.kind !== 'message' || message?.type !== 'INPUT') return [input];
        const slot = state.slots[message.slot];
        const own = slot?.own;
        const isStale = own?.bindings.get(input.peer)?.binding !== message.binding;
        if (slot === undefined || own?.phase !== 'serving' || !isStale) return [input];
        const { binding, n, input: item } = message;
        // It starts at the tick, whose effects are seen.
        own.phase = 'sealing';
        enqueue(state, slot, own, { gateway: input.peer, binding, n, input: item, attempts: 0 });
        own.phase = 'serving';
        return [{ kind: 'tick' }];
      },
    })),
  },
  'stuck-not-refused': {
    rule: 'H7',
    what: 'events of a key whose handler hangs wait, however many',
    mix: 'stuckKeys',
    wrap: limits({ stuckKeysMax: 0 }),
  },
  'inputs-stay-queued': {
    rule: 'H5',
    what: 'the inputs of a closed binding stay in their queues',
    mix: 'churn',
    wrap: leftOut('inputs-stay-queued'),
  },
  'queue-dropped-at-seal': {
    rule: 'H6',
    what: 'a seal drops the queues of keys with a handler running',
    mix: 'churn',
    wrap: workers((state) => ({
      after: (_input, effects) => {
        for (const { own } of state.slots) {
          if (own === undefined || own.phase === 'serving') continue;
          own.queues.clear();
          own.runCount = 0;
        }
        return effects;
      },
    })),
  },
  'dedupe-at-arrival': {
    rule: 'H2',
    what: 'a repeat is asked for when it arrives, not when it is next',
    mix: 'planned',
    wrap: leftOut('dedupe-at-arrival'),
  },
  'dup-acked-at-once': {
    rule: 'H2',
    what: 'a repeat is acknowledged before its record is committed',
    mix: 'mixed',
    wrap: leftOut('dup-acked-at-once'),
  },
  'late-run-counts': {
    rule: 'H4',
    what: 'the token of a run is not taken away',
    mix: 'churn',
    wrap: leftOut('late-run-counts'),
  },
  'late-result-counts': {
    rule: 'H4',
    what: 'the result of an abandoned run counts for the run that follows it',
    mix: 'churn',
    wrap: workers(() => {
      const revoked = new Map<number, string>();
      const inputs = new Map<number, string>();
      const current = new Map<string, number>();
      return {
        before: (input) => {
          if (input.kind !== 'ran') return [input];
          const id = revoked.get(input.token);
          const token = id === undefined ? undefined : current.get(id);
          return [token === undefined ? input : { ...input, token }];
        },
        after: (_input, effects) => {
          for (const effect of effects) {
            if (effect.kind === 'run') {
              inputs.set(effect.token, effect.input.key);
              current.set(effect.input.key, effect.token);
            }
            if (effect.kind === 'revoke') revoked.set(effect.token, inputs.get(effect.token) ?? '');
          }
          return effects;
        },
      };
    }),
  },
  'gateway-forgets-inputs': {
    rule: 'B1',
    what: 'a gateway sends each event once, whatever becomes of the binding',
    mix: 'planned',
    wrap: gateways(() => {
      const sent = new Set<string>();
      return {
        after: (_input, effects) =>
          effects.filter((effect) => {
            if (effect.kind !== 'send' || effect.message.type !== 'INPUT') return true;
            const { input } = effect.message;
            if (input.kind !== 'event') return true;
            if (sent.has(input.id)) return false;
            sent.add(input.id);
            return true;
          }),
      };
    }),
  },
  'no-republish': {
    rule: 'O3',
    what: 'after a lost channel nothing is published again',
    mix: 'churn',
    wrap: workers(() => ({ before: (input) => (input.kind === 'publish.reset' ? [] : [input]) })),
  },
  'republished-last': {
    rule: 'O3',
    what: 'after a lost channel what is new goes out before what was not confirmed',
    mix: 'churn',
    wrap: workers(() => {
      let owed: WorkerInput | undefined;
      let ticks = 0;
      return {
        before: (input) => {
          if (input.kind === 'publish.reset') {
            owed = input;
            ticks = 0;
            return [];
          }
          if (owed === undefined || input.kind !== 'tick') return [input];
          ticks += 1;
          if (ticks < 8) return [input];
          const late = owed;
          owed = undefined;
          return [input, late];
        },
      };
    }),
  },
  'own-records-only': {
    rule: 'O1',
    what: 'a new owner publishes from its own records only',
    mix: 'churn',
    wrap: workers((state) => {
      const seen = new WeakSet<Own>();
      return {
        after: (_input, effects) => {
          for (const { own } of state.slots) {
            if (own === undefined || seen.has(own)) continue;
            seen.add(own);
            own.outbox.cursor = own.adopt;
          }
          return effects;
        },
      };
    }),
  },
};
