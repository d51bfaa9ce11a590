/** What membership has said of this worker and of the others, as far as the shell needs it. */
import { type BootId, RingwayError } from '../base/index.ts';
import { type Dialable, dialableWorkers, type View } from '../cluster/index.ts';

export class Standing {
  readonly #id: string;
  #identity: { readonly boot: BootId; readonly cluster: string } | undefined;
  #view: View | undefined;
  #isInRing = false;

  constructor(id: string) {
    this.#id = id;
  }

  get boot(): BootId | undefined {
    return this.#identity?.boot;
  }

  get cluster(): string | undefined {
    return this.#identity?.cluster;
  }

  /** The newest; undefined before the first. */
  get view(): View | undefined {
    return this.#view;
  }

  get isInRing(): boolean {
    return this.#isInRing;
  }

  get slotCount(): number {
    return this.#view?.table.entries.length ?? 0;
  }

  /** The other live workers, as far as they can be dialled. */
  get peers(): readonly Dialable[] {
    const others = this.#view === undefined ? [] : dialableWorkers(this.#view);
    return others.filter(({ boot }) => boot !== this.boot);
  }

  /** False when this was known. */
  registered(boot: BootId, cluster: string): boolean {
    if (this.boot === boot && this.cluster === cluster) return false;
    this.#identity = { boot, cluster };
    return true;
  }

  /** Why this worker must exit, if it must: on a link it would be taken for a gateway of its id. */
  saw(view: View): RingwayError | undefined {
    const isFirst = this.#view === undefined;
    this.#view = view;
    this.#isInRing = this.boot !== undefined && view.ring.get(this.#id)?.boot === this.boot;
    const isTaken = isFirst && [...view.gateways.values()].some(({ id }) => id === this.#id);
    return isTaken
      ? new RingwayError('worker.id_taken', `a gateway has the id ${this.#id}`)
      : undefined;
  }

  /** Until a view says otherwise. */
  leftRing(): void {
    this.#isInRing = false;
  }
}
