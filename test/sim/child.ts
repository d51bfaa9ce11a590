/** A process of `many.ts`: runs the one range that it is sent, and answers with the tally. */
import { type Range, runRange } from './many.ts';

process.once('message', (range) => {
  process.send?.(runRange(range as Range), () => process.disconnect());
});
