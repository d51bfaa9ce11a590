/**
 * Child processes of the simulator, one per core, that do one task after the other: each starts
 * cold, and is twice as fast after some dozens of seeds. All are busy to the end as long as tasks
 * are small.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Task } from './many.ts';

/** Does all the tasks, several at once; `onResult` returns whether to go on. */
export async function inChildren<R>(
  tasks: Iterable<Task>,
  onResult: (result: R) => boolean,
): Promise<void> {
  const left = tasks[Symbol.iterator]();
  let isOver = false;
  const work = async (): Promise<void> => {
    const child = new Child();
    try {
      for (let next = left.next(); !isOver && !next.done; next = left.next()) {
        if (!onResult(await child.ask<R>(next.value))) isOver = true;
      }
    } catch (thrown) {
      isOver = true;
      throw thrown;
    } finally {
      child.end();
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
}

class Child {
  readonly #process: ChildProcess;

  constructor() {
    this.#process = fork(join(import.meta.dirname, 'child.ts'), {
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
  }

  ask<R>(task: Task): Promise<R> {
    return new Promise((resolve, reject) => {
      const ended = (code: unknown): void => {
        reject(new Error(`a simulator process ended with ${code}`));
      };
      this.#process.once('error', reject).once('exit', ended);
      this.#process.once('message', (result) => {
        this.#process.off('error', reject).off('exit', ended);
        resolve(result as R);
      });
      this.#process.send(task);
    });
  }

  /** It has nothing to do then, and exits. */
  end(): void {
    if (this.#process.connected) this.#process.disconnect();
  }
}
