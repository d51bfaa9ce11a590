/**
 * Planted faults: each breaks one rule on purpose, by wrapping a core, and each must be found
 * (`planted.test.ts`). A checker that never found anything proves nothing.
 */
import type { GatewayEffect, GatewayInput } from '../../gateway/core-types.ts';
import type { LinkMessage } from '../../link/index.ts';
import type { WorkerEffect, WorkerInput } from '../../worker/core-types.ts';
import type { GatewaySubject, Subjects, WorkerSubject } from './cores.ts';
import { productionSubjects, subjectsWith } from './subjects.ts';

type Wrap = (subjects: Subjects) => Subjects;

/** Maps one input to those that the core gets, and its effects to those that happen. */
interface Twist<I, E> {
  before?(input: I, nowMs: number): readonly I[];
  after?(input: I, effects: readonly E[]): readonly E[];
}

type WorkerTwist = Twist<WorkerInput, WorkerEffect>;
type GatewayTwist = Twist<GatewayInput, GatewayEffect>;

const plants: Readonly<Record<string, Wrap>> = {
  /** H3: inputs are acknowledged before the other copy has the record. */
  'ack-before-replicated': workers((core) => ({
    after: (input, effects) => {
      const message = messageOf(input);
      if (input.kind !== 'message' || message?.type !== 'INPUT') return effects;
      const { slot, binding, n } = message;
      if (core.report(slot).phase !== 'serving') return effects;
      const ack = { type: 'INPUT_ACK', slot, binding, n, failure: '' } as const;
      return [...effects, { kind: 'send', peer: input.peer, message: ack }];
    },
  })),

  /** S2: a replica confirms what it has only just received, and forgets every eighth append. */
  'replica-forgets': workers(() => {
    let appends = 0;
    return {
      after: (_input, effects) => effects,
      before: (input) => {
        const message = messageOf(input);
        if (input.kind !== 'message' || message?.type !== 'APPEND') return [input];
        appends += 1;
        if (appends % 8 !== 0 || message.records.length === 0) return [input];
        const records = message.records.map((record) =>
          record.kind === 'input' ? { ...record, pushes: [], replies: [] } : record,
        );
        return [{ ...input, message: { ...message, records } }];
      },
    };
  }),

  /** P3: a gateway believes that each frame continues what its sessions have. */
  'ignore-from': gateways(() => ({
    before: (input) => [
      withMessage(input, (message) =>
        message.type === 'FRAME' ? { ...message, from: 0 } : message,
      ),
    ],
  })),

  /** B6: a resumed session starts one record too late. */
  'replay-off-by-one': gateways(() => ({
    before: (input) => {
      if (input.kind !== 'session.open' || input.position === undefined) return [input];
      const position = { ...input.position, next: input.position.next + 1 };
      return [{ ...input, position }];
    },
  })),

  /** A full queue drops a frame now and then. */
  'drop-frame': gateways(() => {
    let frames = 0;
    return {
      after: (_input, effects) =>
        effects.filter((effect) => {
          if (effect.kind !== 'frame') return true;
          frames += 1;
          return frames % 97 !== 0;
        }),
    };
  }),

  /** O3: after a lost channel nothing is published again. */
  'no-republish': workers(() => ({
    before: (input) => (input.kind === 'publish.reset' ? [] : [input]),
  })),

  /** L1: the lease never runs out. */
  'endless-lease': workers(() => ({
    before: (input) => [
      input.kind === 'confirmed' ? { ...input, sentAtMs: input.sentAtMs + 1e9 } : input,
    ],
  })),

  /** Z1: the list of the living is older than the table that is judged by it. */
  'live-before-table': workers(() => {
    let live: ReadonlyMap<string, never> | undefined;
    return {
      before: (input) => {
        if (input.kind !== 'view') return [input];
        const older = live ?? input.view.live;
        live = input.view.live as ReadonlyMap<string, never>;
        return [{ ...input, view: { ...input.view, live: older } }];
      },
    };
  }),

  /** C1b: a loss is declared as soon as no copy is to be seen. */
  'no-hold-off': (subjects) => ({
    ...subjects,
    worker: (options) =>
      subjects.worker({ ...options, limits: { ...options.limits, holdOffMs: 0 } }),
  }),

  /** H4: the result of an abandoned run counts for the run that follows it. */
  'late-result-counts': workers(() => {
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

  /** B1: a gateway forgets what it held when a binding closes. */
  'gateway-forgets-inputs': gateways(() => {
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

  /** S3: the first part of a snapshot is taken for the whole. */
  'torn-snapshot': workers(() => ({
    before: (input) => [
      withMessage(input, (message) =>
        message.type === 'SNAPSHOT'
          ? { ...message, isLast: true, keys: message.keys.slice(1) }
          : message,
      ),
    ],
  })),

  /** B6: now and then a session is told to start anew for nothing. */
  'told-for-nothing': workers(() => {
    let attached = 0;
    return {
      after: (_input, effects) =>
        effects.map((effect) => {
          if (effect.kind !== 'send' || effect.message.type !== 'ATTACHED') return effect;
          attached += 1;
          if (attached % 40 !== 0) return effect;
          return { ...effect, message: { ...effect.message, recovered: false, reason: 'epoch' } };
        }),
    };
  }),

  /** A copy forgets which pushes and replies it no longer keeps: a silent hole. */
  'window-forgotten': workers(() => ({
    before: (input) => [
      withMessage(input, (message) => {
        if (message.type !== 'SNAPSHOT') return message;
        const keys = message.keys.map((key) => ({ ...key, lostBefore: 0, lostReplies: [] }));
        return { ...message, keys };
      }),
    ],
  })),

  /** Of two boots of one id none exits, nor does a worker whose data was replaced (W2). */
  'no-exit': workers(() => ({
    after: (_input, effects) => effects.filter(({ kind }) => kind !== 'exit'),
  })),
};

/** Rules that the cores themselves leave out when told to (`plants` of their options). */
const corePlants: readonly string[] = [
  'older-table',
  'no-term-match',
  'no-catch-up',
  'dedupe-at-arrival',
  'late-run-counts',
  'no-lease',
  'dup-acked-at-once',
  'frames-before-attached',
];

export const plantNames: readonly string[] = [...Object.keys(plants), ...corePlants];

/** The production cores with one fault planted. */
export function plantedSubjects(name: string): Subjects {
  const plant = plants[name];
  if (plant !== undefined) return plant(productionSubjects);
  if (corePlants.includes(name)) return subjectsWith(new Set([name]));
  throw new Error(`no plant ${name}; known are ${plantNames.join(', ')}`);
}

function workers(twistOf: (core: WorkerSubject) => WorkerTwist): Wrap {
  return (subjects) => ({
    ...subjects,
    worker: (options) => {
      const core = subjects.worker(options);
      const twist = twistOf(core);
      return {
        step: (input, nowMs) => twisted(core.step, twist, input, nowMs),
        isEmpty: () => core.isEmpty(),
        report: (slot) => core.report(slot),
        // A plant may break the core's own sentences; the world has to notice without them.
        checkInvariants: () => undefined,
        logOf: (slot) => core.logOf(slot),
      };
    },
  });
}

function gateways(twistOf: (core: GatewaySubject) => GatewayTwist): Wrap {
  return (subjects) => ({
    ...subjects,
    gateway: (options) => {
      const core = subjects.gateway(options);
      const twist = twistOf(core);
      return {
        step: (input, nowMs) => twisted(core.step, twist, input, nowMs),
        heldCount: () => core.heldCount(),
        checkInvariants: () => undefined,
      };
    },
  });
}

function twisted<I, E>(
  step: (input: I, nowMs: number) => readonly E[],
  twist: Twist<I, E>,
  input: I,
  nowMs: number,
): readonly E[] {
  const inputs = twist.before?.(input, nowMs) ?? [input];
  return inputs.flatMap((one) => {
    const effects = step(one, nowMs);
    return twist.after?.(one, effects) ?? effects;
  });
}

function messageOf(input: WorkerInput | GatewayInput): LinkMessage | undefined {
  return input.kind === 'message' ? input.message : undefined;
}

function withMessage<I extends WorkerInput | GatewayInput>(
  input: I,
  change: (message: LinkMessage) => LinkMessage,
): I {
  return input.kind === 'message' ? { ...input, message: change(input.message) } : input;
}
