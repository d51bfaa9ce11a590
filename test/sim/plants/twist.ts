/**
 * How a plant breaks a rule: by a twist around the production cores, which changes what they are
 * told, what they answer or what they remember; or by a rule that a core itself leaves out.
 */
import type { GatewayEffect, GatewayInput } from '../../../gateway/core-types.ts';
import type { GatewayState } from '../../../gateway/route.ts';
import type { LinkMessage } from '../../../link/index.ts';
import type { WorkerEffect, WorkerInput, WorkerLimits } from '../../../worker/core-types.ts';
import type { WorkerState } from '../../../worker/slot.ts';
import type { Subjects, WorkerSubject } from '../cores.ts';
import { subjectsWith } from '../subjects.ts';

export interface Plant {
  /** As `docs/rules.md` names it; '' for one that no rule forbids by name. */
  readonly rule: string;
  /** What is done instead. */
  readonly what: string;
  /** Where it shows soonest. */
  readonly mix: string;
  /** No schedule was found that shows it yet: the rules that are thought to cover for it. */
  readonly coveredBy?: string;
  readonly wrap: Wrap;
}

export type Plants = Readonly<Record<string, Plant>>;

export type Wrap = (subjects: Subjects) => Subjects;

/** Maps one input to those that the core gets, and its effects to those that happen. */
interface Twist<I, E> {
  before?(input: I, nowMs: number): readonly I[];
  after?(input: I, effects: readonly E[]): readonly E[];
}

type WorkerTwist = Twist<WorkerInput, WorkerEffect>;
type GatewayTwist = Twist<GatewayInput, GatewayEffect>;

/** @param twistOf is called for each worker; its state may be read and spoilt */
export function workers(twistOf: (state: WorkerState, core: WorkerSubject) => WorkerTwist): Wrap {
  return (subjects) => ({
    ...subjects,
    worker: (options) => {
      const core = subjects.worker(options);
      const twist = twistOf(core.state, core);
      return {
        step: (input, nowMs) => twisted(core.step, twist, input, nowMs),
        isEmpty: () => core.isEmpty(),
        report: (slot) => core.report(slot),
        // A plant may break the core's own sentences; the world has to notice without them.
        checkInvariants: () => undefined,
        logOf: (slot) => core.logOf(slot),
        state: core.state,
      };
    },
  });
}

export function gateways(twistOf: (state: GatewayState) => GatewayTwist): Wrap {
  return (subjects) => ({
    ...subjects,
    gateway: (options) => {
      const core = subjects.gateway(options);
      const twist = twistOf(core.state);
      return {
        step: (input, nowMs) => twisted(core.step, twist, input, nowMs),
        heldCount: () => core.heldCount(),
        checkInvariants: () => undefined,
        state: core.state,
      };
    },
  });
}

/** Workers with other limits than the world has. */
export function limits(changed: Partial<WorkerLimits>): Wrap {
  return (subjects) => ({
    ...subjects,
    worker: (options) => subjects.worker({ ...options, limits: { ...options.limits, ...changed } }),
  });
}

/** The cores leave the rule out themselves (`plants` of their options). */
export function leftOut(name: string): Wrap {
  return () => subjectsWith(new Set([name]));
}

/** Each wrap around the one before. */
export function both(first: Wrap, second: Wrap): Wrap {
  return (subjects) => second(first(subjects));
}

/** Changes a worker's messages of one type before they leave. */
export function sent<T extends LinkMessage['type']>(
  type: T,
  change: (message: Extract<LinkMessage, { type: T }>, state: WorkerState) => LinkMessage,
): Wrap {
  return workers((state) => ({
    after: (_input, effects) =>
      effects.map((effect) => {
        if (effect.kind !== 'send' || !isOf(type, effect.message)) return effect;
        return { ...effect, message: change(effect.message, state) } as WorkerEffect;
      }),
  }));
}

/** Changes messages of one type before a core gets them. */
export function changed<T extends LinkMessage['type'], I extends WorkerInput | GatewayInput>(
  input: I,
  type: T,
  change: (message: Extract<LinkMessage, { type: T }>) => LinkMessage,
): I {
  if (input.kind !== 'message' || !isOf(type, input.message)) return input;
  return { ...input, message: change(input.message) };
}

export function messageOf(input: WorkerInput | GatewayInput): LinkMessage | undefined {
  return input.kind === 'message' ? input.message : undefined;
}

function isOf<T extends LinkMessage['type']>(
  type: T,
  message: LinkMessage,
): message is Extract<LinkMessage, { type: T }> {
  return message.type === type;
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
