/** Assertions are for our own bugs only: bytes from outside never reach one. */

export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

/**
 * @param message as a function where it would be put together much more often than told
 * @throws AssertionError when `condition` is false: a bug in Ringway, not an operating error.
 */
export function assert(condition: boolean, message: string | (() => string)): asserts condition {
  if (condition) return;
  throw new AssertionError(typeof message === 'string' ? message : message());
}

/** The end of an exhaustive `switch`: the compiler refuses a forgotten case. */
export function unreachable(value: never): never {
  throw new AssertionError(`unreachable: ${JSON.stringify(value)}`);
}

/** The value, which by the caller's reasoning is there. */
export function present<T>(value: T | undefined, what: string | (() => string)): T {
  if (value !== undefined) return value;
  throw new AssertionError(`missing: ${typeof what === 'string' ? what : what()}`);
}
