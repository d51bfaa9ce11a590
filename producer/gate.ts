/**
 * Whether events may be sent now, and if not, why: the trouble of the connection below in the
 * words of a producer.
 *
 *   [shut] ── connected, and the topology is right ──► [open] ── lost, blocked ──► [shut]
 */

import type { RingwayError } from '../base/index.ts';
import type { AmqpPublisher } from '../events/index.ts';
import { ProducerError, type ProducerErrorCode } from './errors.ts';

/** The connection that a producer stands on; `StartedPublisher` is one. */
export interface ProducerConnection extends AmqpPublisher {
  /** Why it is not up; listeners of `onChange` hear of another code as well. */
  readonly failure: RingwayError | undefined;
}

/** Why nothing is sent. */
export interface Hindrance {
  readonly code: ProducerErrorCode;
  readonly message: string;
  /** Waiting does not help: everything pending is refused at once. */
  readonly isFinal: boolean;
}

export class Gate {
  readonly #connection: ProducerConnection;
  readonly #onChange: () => void;
  readonly #stopListening: () => void;
  #wasOpen: boolean;

  constructor(connection: ProducerConnection, onChange: () => void) {
    this.#connection = connection;
    this.#onChange = onChange;
    this.#wasOpen = connection.trouble === undefined;
    this.#stopListening = connection.onChange(() => this.#changed());
  }

  /** undefined = open. */
  get hindrance(): Hindrance | undefined {
    const { trouble, failure } = this.#connection;
    if (trouble === undefined) return undefined;
    if (trouble === 'bus.blocked') {
      const message = 'the broker takes no messages for lack of memory or disk';
      return { code: 'producer.blocked', message, isFinal: false };
    }
    if (failure instanceof ProducerError) {
      const { code, message, retryable } = failure;
      return { code, message, isFinal: !retryable };
    }
    const message = failure?.message ?? 'the connection is closed';
    if (failure?.code === 'bus.denied') {
      // A broker that has just started refuses users that it has not read yet.
      return { code: 'producer.credentials', message, isFinal: !this.#wasOpen };
    }
    return { code: 'producer.unavailable', message, isFinal: false };
  }

  /** The listener hears nothing more. */
  close(): void {
    this.#stopListening();
  }

  #changed(): void {
    if (this.#connection.trouble === undefined) this.#wasOpen = true;
    this.#onChange();
  }
}

/** As what `publish` rejects with. */
export function hindranceError(
  { code, message }: Hindrance,
  options: { readonly mayBeStored?: boolean } = {},
): ProducerError {
  return new ProducerError(code, message, { mayBeStored: options.mayBeStored ?? false });
}
