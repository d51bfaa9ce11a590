/**
 * The core's notes on their way to the log. A move of thousands of slots is one transition to
 * whoever reads the log, so what happens to single slots is gathered until the next tick and
 * written as one line per level and event, with the fields of the first. Errors are written at once.
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

interface Gathered {
  readonly first: Note;
  readonly slots: Slot[];
  count: number;
}

export function createNoteLog(logger: Logger): NoteLog {
  const gathered = new Map<string, Gathered>();

  const gather = (note: Note, slot: Slot): void => {
    const name = `${note.level} ${note.event}`;
    const line = gathered.get(name) ?? { first: note, slots: [], count: 0 };
    gathered.set(name, line);
    line.count += 1;
    if (line.slots.length < slotsShownMax) line.slots.push(slot);
  };

  return {
    write(note) {
      const { level, event, slot, fields } = note;
      if (slot === undefined) logger[level](event, fields);
      else if (level === 'error') logger.error(event, { slot, ...fields });
      else gather(note, slot);
    },
    flush() {
      for (const { first, slots, count } of gathered.values()) {
        const { level, event, slot, fields } = first;
        logger[level](event, count === 1 ? { slot, ...fields } : { count, slots, ...fields });
      }
      gathered.clear();
    },
  };
}
