/**
 * Structured logs: a constant event name and fields, never prose, payloads or tokens.
 * info = a transition, warn = heals itself, error = a person must look.
 */
export type Fields = Readonly<Record<string, unknown>>;

export interface Logger {
  info(event: string, fields?: Fields): void;
  warn(event: string, fields?: Fields): void;
  error(event: string, fields?: Fields): void;
  /** A logger that adds `fields` to each line. */
  with(fields: Fields): Logger;
}

export const silentLogger: Logger = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  with: () => silentLogger,
};
