/** What was shown: at one place of one epoch everybody is shown the same, and how far it goes. */
import type { KeyEpoch, Offset } from '../../base/index.ts';
import type { Push, WorkerToGateway } from '../../link/index.ts';

type Expect = (invariant: string, isTrue: boolean, detail: () => string) => void;

export class Contents {
  readonly #expect: Expect;
  readonly #contents = new Map<string, string>();
  /** By key and epoch, and offset. */
  readonly #pushes = new Map<string, Map<Offset, readonly Push[]>>();
  /** By key and epoch: the first offset without effect. */
  readonly #heads = new Map<string, Offset>();

  constructor(expect: Expect) {
    this.#expect = expect;
  }

  headOf(key: string, epoch: KeyEpoch): Offset {
    return this.#heads.get(`${key}|${epoch}`) ?? 0;
  }

  take(message: Extract<WorkerToGateway, { type: 'FRAME' }>): void {
    const { key, epoch, offset } = message;
    const of = `${key}|${epoch}`;
    this.#samePushes(of, offset, message.pushes);
    for (const reply of message.replies) {
      const content = Buffer.from(reply.data).toString();
      this.#same(`${of}|${offset}|${reply.session}|${content}`, content, 'reply.one');
    }
    if ((this.#heads.get(of) ?? 0) <= offset) this.#heads.set(of, offset + 1);
  }

  #samePushes(of: string, offset: Offset, pushes: readonly Push[]): void {
    const known = this.#pushes.get(of);
    if (known === undefined) this.#pushes.set(of, new Map([[offset, pushes]]));
    else if (!known.has(offset)) known.set(offset, pushes);
    else {
      const first = known.get(offset);
      // Mostly the very same, shown to several.
      const isSame = first === pushes || printed(first ?? []) === printed(pushes);
      this.#expect('record.content.one', isSame, () => {
        return `${of}|${offset}: ${printed(first ?? [])} and ${printed(pushes)}`;
      });
    }
  }

  #same(place: string, content: string, invariant: string): void {
    const known = this.#contents.get(place);
    if (known === undefined) this.#contents.set(place, content);
    this.#expect(
      invariant,
      known === undefined || known === content,
      () => `${place}: ${known} and ${content}`,
    );
  }
}

function printed(pushes: readonly Push[]): string {
  return pushes.map((push) => `${push.id}=${push.data.length}`).join();
}
