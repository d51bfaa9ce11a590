/** A process of `many.ts`: does the one task that it is sent, and answers with its result. */
import { runRange, type Task } from './many.ts';
import { search } from './search.ts';

process.once('message', (message) => {
  const task = message as Task;
  const result = task.kind === 'range' ? runRange(task.range) : search(task.search);
  process.send?.(result, () => process.disconnect());
});
