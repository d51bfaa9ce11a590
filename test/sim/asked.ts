/** What gateways asked of workers: the inputs that they sent, and where sessions were to go on. */
import type { BootId, Offset, Slot } from '../../base/index.ts';
import type { Input, LinkMessage } from '../../link/index.ts';

/** More than there are. */
const slotsMax = 1024;

interface Asked {
  /** By number. */
  readonly inputs: Map<number, Input>;
  /** By session and connection. */
  readonly positions: Map<string, Offset>;
}

export class AskedOfWorkers {
  /** By gateway, binding and slot: numbers are found sooner than names put together. */
  readonly #asked = new Map<BootId, Map<number, Asked>>();

  take(gateway: BootId, message: LinkMessage): void {
    if (message.type === 'INPUT') {
      this.#of(gateway, message).inputs.set(message.n, message.input);
    } else if (message.type === 'BIND' || message.type === 'OPEN') {
      const { positions } = this.#of(gateway, message);
      for (const { session, connection, next } of message.sessions) {
        positions.set(`${session}|${connection}`, next);
      }
    }
  }

  inputOf(gateway: BootId, of: Place & { readonly n: number }): Input | undefined {
    return this.#asked.get(gateway)?.get(numberOf(of))?.inputs.get(of.n);
  }

  positionOf(
    gateway: BootId,
    of: Place & { readonly session: string; readonly connection: number },
  ): Offset {
    const asked = this.#asked.get(gateway)?.get(numberOf(of));
    return asked?.positions.get(`${of.session}|${of.connection}`) ?? 0;
  }

  #of(gateway: BootId, place: Place): Asked {
    const bindings = this.#asked.get(gateway) ?? new Map<number, Asked>();
    this.#asked.set(gateway, bindings);
    const number = numberOf(place);
    const asked = bindings.get(number) ?? { inputs: new Map(), positions: new Map() };
    bindings.set(number, asked);
    return asked;
  }
}

interface Place {
  readonly slot: Slot;
  readonly binding: number;
}

function numberOf({ slot, binding }: Place): number {
  return binding * slotsMax + slot;
}
