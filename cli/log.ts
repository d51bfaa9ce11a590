/**
 * Logs of the processes that the command runs: pino's JSON lines when piped, short readable lines
 * on a terminal. The destination is synchronous, because a command may end right after a line.
 */
import { type Logger as PinoLogger, pino } from 'pino';
import type { Clock, Fields, Logger } from '../base/index.ts';

export const logLevels = ['info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface LogOptions {
  readonly level: LogLevel;
  readonly isReadable: boolean;
  readonly clock: Clock;
  /** Takes one line, without its end. */
  readonly write: (line: string) => void;
}

export function createLog(options: LogOptions): Logger {
  const write = (json: string): void => {
    options.write(options.isReadable ? readable(json) : json.trimEnd());
  };
  const root = pino(
    {
      level: options.level,
      base: null,
      formatters: { level: (level) => ({ level }) },
      timestamp: () => `,"time":${Math.round(options.clock.wallMs())}`,
    },
    { write },
  );
  return adapt(root);
}

function adapt(to: PinoLogger): Logger {
  return {
    info: (event, fields) => to.info(printable(fields), event),
    warn: (event, fields) => to.warn(printable(fields), event),
    error: (event, fields) => to.error(printable(fields), event),
    with: (fields) => adapt(to.child(printable(fields))),
  };
}

/** Errors keep their message and code; pino would print other fields of that kind as `{}`. */
function printable(fields: Fields = {}): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      value instanceof Error ? `${value.name}: ${value.message}` : value,
    ]),
  );
}

/** `09:41:07 warn  worker.evicted worker=w-2 slots=5461` */
function readable(json: string): string {
  const { level, time, msg, ...fields } = JSON.parse(json) as Record<string, unknown>;
  const rest = Object.entries(fields).map(([name, value]) => `${name}=${compact(value)}`);
  return [timeOfDay(Number(time)), String(level).padEnd(5), msg, ...rest].join(' ');
}

function compact(value: unknown): string {
  return typeof value === 'string' && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
}

/** Hours, minutes and seconds of the day in UTC. */
function timeOfDay(wallMs: number): string {
  const seconds = Math.floor(wallMs / 1000);
  return [seconds / 3600, seconds / 60, seconds]
    .map((value, place) => String(Math.floor(value) % (place === 0 ? 24 : 60)).padStart(2, '0'))
    .join(':');
}
