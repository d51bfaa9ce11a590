/** A logger that keeps what it was told. */
import type { Fields, Logger } from '../../../base/index.ts';

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly event: string;
  readonly fields: Fields;
}

export function recordingLogger(): { readonly logger: Logger; readonly lines: readonly LogLine[] } {
  const lines: LogLine[] = [];
  const at = (more: Fields): Logger => ({
    info: (event, fields = {}) =>
      lines.push({ level: 'info', event, fields: { ...more, ...fields } }),
    warn: (event, fields = {}) =>
      lines.push({ level: 'warn', event, fields: { ...more, ...fields } }),
    error: (event, fields = {}) =>
      lines.push({ level: 'error', event, fields: { ...more, ...fields } }),
    with: (fields) => at({ ...more, ...fields }),
  });
  return { logger: at({}), lines };
}
