/**
 * What one run has done so far: pushes, replies, outward messages and the new state, under the
 * limits of a record. Each addition is checked when it is made, so that the error points at the
 * call and what was added before stays valid.
 */
import { RingwayError } from '../base/index.ts';
import type { Bytes, Outward, Push, Reply } from '../link/index.ts';
import type { RunOutcome } from './core-types.ts';
import type { ApplicationLimits } from './limits.ts';

/** Bytes that a push, reply or outward message takes besides its payload, roughly. */
const entryOverheadBytes = 32;

export class Collected {
  readonly #limits: ApplicationLimits;
  readonly #pushes: Push[] = [];
  readonly #replies: Reply[] = [];
  readonly #outward: Outward[] = [];
  #state: Bytes | undefined;
  #entryBytes = 0;

  constructor(limits: ApplicationLimits) {
    this.#limits = limits;
  }

  get pushCount(): number {
    return this.#pushes.length;
  }

  /** @throws RingwayError `run.too_many`, `record.too_large` */
  push(push: Push): void {
    this.#admit(push.data, push.id.length + push.type.length);
    this.#pushes.push(push);
  }

  /** @throws RingwayError `run.too_many`, `record.too_large` */
  reply(reply: Reply): void {
    this.#admit(reply.data, reply.session.length);
    this.#replies.push(reply);
  }

  /** @throws RingwayError `event.too_large`, `run.too_many`, `record.too_large` */
  outward(outward: Outward): void {
    const { eventBytesMax } = this.#limits;
    if (outward.to === 'event' && outward.data.length > eventBytesMax) {
      throw new RingwayError(
        'event.too_large',
        `data of ${outward.data.length} bytes exceeds eventBytesMax ${eventBytesMax}`,
      );
    }
    this.#admit(outward.data, outward.topic.length + outward.type.length);
    this.#outward.push(outward);
  }

  /** @throws RingwayError `state.too_large`, `record.too_large` */
  setState(state: Bytes): void {
    const { stateBytesMax } = this.#limits;
    if (state.length > stateBytesMax) {
      throw new RingwayError(
        'state.too_large',
        `state of ${state.length} bytes exceeds stateBytesMax ${stateBytesMax}`,
      );
    }
    this.#checkRecord(this.#entryBytes + state.length);
    this.#state = state;
  }

  outcome(): RunOutcome {
    return {
      kind: 'returned',
      pushes: this.#pushes,
      replies: this.#replies,
      state: this.#state,
      outward: this.#outward,
    };
  }

  #admit(data: Bytes, nameBytes: number): void {
    const { effectsPerRunMax } = this.#limits;
    const count = this.#pushes.length + this.#replies.length + this.#outward.length;
    if (count >= effectsPerRunMax) {
      throw new RingwayError(
        'run.too_many',
        `one run makes more pushes, replies and outward messages than effectsPerRunMax ${effectsPerRunMax}`,
      );
    }
    const bytes = this.#entryBytes + data.length + nameBytes + entryOverheadBytes;
    this.#checkRecord(bytes + (this.#state?.length ?? 0));
    this.#entryBytes = bytes;
  }

  #checkRecord(bytes: number): void {
    const { recordBytesMax } = this.#limits;
    if (bytes <= recordBytesMax) return;
    throw new RingwayError(
      'record.too_large',
      `record of ${bytes} bytes exceeds recordBytesMax ${recordBytesMax}`,
    );
  }
}
