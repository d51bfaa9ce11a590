/** A logger that keeps its lines, for tests of what is said and how often. */
import type { Fields, Logger } from '../../base/index.ts';

export interface LogLine extends Fields {
  readonly level: 'info' | 'warn' | 'error';
  readonly event: string;
}

export interface RecordingLogger extends Logger {
  readonly lines: readonly LogLine[];
  /** Lines of one event. */
  of(event: string): readonly LogLine[];
}

export function createRecordingLogger(lines: LogLine[] = [], common: Fields = {}): RecordingLogger {
  const log =
    (level: LogLine['level']) =>
    (event: string, fields: Fields = {}): void => {
      lines.push({ ...common, ...fields, level, event });
    };
  return {
    lines,
    of: (event) => lines.filter((line) => line.event === event),
    info: log('info'),
    warn: log('warn'),
    error: log('error'),
    with: (fields) => createRecordingLogger(lines, { ...common, ...fields }),
  };
}
