/** What is wrong with what the simulator was given: one line that names it, exit code 2. */
import { messageOf, RingwayError } from '../../base/index.ts';
import { RingError } from '../../ring/index.ts';

/** A file that cannot be used; `where` is its name, with a line where there is one. */
export function badFile(where: string, what: string, cause?: unknown): RingwayError {
  return new RingwayError('simulate.bad_file', `${where}: ${what}`, { cause });
}

export function noUsers(where: string): RingwayError {
  return new RingwayError('simulate.no_users', `${where} has no user`);
}

/** The engine's refusals name values; here they get the file or flag that these came from. */
export function refusedIn(where: string, error: unknown): unknown {
  if (!(error instanceof RingError)) return error;
  return new RingwayError(error.code, `${where}: ${error.message}`, { cause: error });
}

/** A refusal of the engine as an error of a command. */
export function refused(error: unknown): unknown {
  if (!(error instanceof RingError)) return error;
  return new RingwayError(error.code, error.message, { cause: error });
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'it may not be read',
  EISDIR: 'it is a folder',
  ENOSPC: 'the disk is full',
  EROFS: 'the disk cannot be written to',
};

/** What the system said about a file, in words. */
export function systemReason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return reasons[code] ?? messageOf(error);
}
