/**
 * The core's notes on their way to the log. A move of thousands of slots is one transition to
 * whoever reads the log, so what happened to single slots as expected (info) is gathered until
 * the next tick and written as one line per event; warnings and errors are written at once.
 */
import type { Logger, Slot } from '../base/index.ts';
import type { WorkerEffect } from './core-types.ts';

export type Note = Omit<Extract<WorkerEffect, { kind: 'note' }>, 'kind'>;

/** Slots named in a line; the others are counted. */
const slotsShownMax = 8;

export interface NoteLog {
  write(note: Note): void;
  /** Writes what was gathered. */
  flush(): void;
}

export function createNoteLog(logger: Logger): NoteLog {
  const gathered = new Map<string, { count: number; readonly slots: Slot[] }>();
  return {
    write({ level, event, slot, fields }) {
      if (level !== 'info' || slot === undefined) {
        logger[level](event, slot === undefined ? fields : { slot, ...fields });
        return;
      }
      const line = gathered.get(event) ?? { count: 0, slots: [] };
      gathered.set(event, line);
      line.count += 1;
      if (line.slots.length < slotsShownMax) line.slots.push(slot);
    },
    flush() {
      for (const [event, { count, slots }] of gathered) logger.info(event, { count, slots });
      gathered.clear();
    },
  };
}
