/** What was shown: at one place of one epoch everybody is shown the same, and how far it goes. */
import type { KeyEpoch, Offset } from '../../base/index.ts';
import type { WorkerToGateway } from '../../link/index.ts';

type Expect = (invariant: string, isTrue: boolean, detail: () => string) => void;

export class Contents {
  readonly #expect: Expect;
  readonly #contents = new Map<string, string>();
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
    const pushes = message.pushes.map((push) => `${push.id}=${push.data.length}`).join();
    this.#same(`${epoch}|${key}|${offset}`, pushes, 'record.content.one');
    for (const reply of message.replies) {
      const content = Buffer.from(reply.data).toString();
      this.#same(`${epoch}|${key}|${offset}|${reply.session}|${content}`, content, 'reply.one');
    }
    const head = `${key}|${epoch}`;
    if ((this.#heads.get(head) ?? 0) <= offset) this.#heads.set(head, offset + 1);
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
