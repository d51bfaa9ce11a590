/** A process of `children.ts`: does the tasks that it is sent, and answers with their results. */
import { runRange, type Task } from './many.ts';
import { search } from './search.ts';

process.on('message', (message) => {
  const task = message as Task;
  process.send?.(task.kind === 'range' ? runRange(task.range) : search(task.search));
});
