/**
 * A helper of a test in a process of its own, and the commands that the test gives it: each is a
 * message with a number, and so is its answer.
 */
import { Child } from './child.ts';

interface Order {
  readonly number: number;
  readonly command: string;
  readonly argument: unknown;
}

interface Answer {
  readonly number: number;
  readonly result?: unknown;
  readonly error?: string;
}

type Commands = Readonly<Record<string, (argument: never) => unknown>>;

const deadlineMs = 30_000;

/** The test's end. `C` is the type of the commands that the helper serves. */
export class Helper<C extends Commands> {
  readonly child: Child;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #last = 0;

  /** @param file the helper's source file, run with tsx */
  constructor(name: string, file: string) {
    const args = ['--import', 'tsx', file];
    this.child = new Child({ name, args });
    this.child.process.on('message', (answer: Answer) => {
      this.#waiting.get(answer.number)?.(answer);
      this.#waiting.delete(answer.number);
    });
  }

  async ask<Name extends keyof C & string>(
    command: Name,
    argument: Parameters<C[Name]>[0],
  ): Promise<Awaited<ReturnType<C[Name]>>> {
    this.#last += 1;
    const order: Order = { number: this.#last, command, argument };
    let answer: Answer | undefined;
    this.#waiting.set(order.number, (given) => {
      answer = given;
    });
    // A failure is that it has ended, which is told with its last words below.
    if (this.child.process.connected) this.child.process.send(order, () => undefined);
    const { error, result } = await this.child.until(command, () => answer, deadlineMs);
    if (error !== undefined) throw this.child.error(`${command}: ${error}`);
    return result as Awaited<ReturnType<C[Name]>>;
  }

  /** Ends it, however it is. */
  async close(): Promise<void> {
    if (this.child.ended === undefined) this.child.signal('SIGKILL');
    await this.child.exited;
  }
}

/** The helper's end: serves until the test is gone. */
export function serve(commands: Commands): void {
  process.channel?.ref();
  process.on('message', (order: Order) => {
    void perform(commands, order).then((answer) => process.send?.(answer));
  });
}

async function perform(commands: Commands, order: Order): Promise<Answer> {
  const { number, command, argument } = order;
  try {
    const task = commands[command] as ((argument: unknown) => unknown) | undefined;
    if (task === undefined) throw new Error('no such command');
    return { number, result: await task(argument) };
  } catch (error) {
    return { number, error: error instanceof Error ? error.message : String(error) };
  }
}
