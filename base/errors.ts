/**
 * Operating errors: typed, with a stable code, told apart from bugs (`assert.ts`).
 * The message says what happened, the values, and the option that governs it.
 */
export class RingwayError extends Error {
  override readonly name: string = 'RingwayError';
  /** Stable, lower-case, dotted: `link.auth_failed`. Listed in docs/errors.md. */
  readonly code: string;
  /** Whether the same call may succeed later, unchanged. */
  readonly retryable: boolean;

  constructor(
    code: string,
    message: string,
    options: { retryable?: boolean; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
  }
}

/** What is wrong with a configuration: every problem at once, each naming its option. */
export class ConfigError extends RingwayError {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super('config.invalid', problems.join('\n'));
    this.problems = problems;
  }
}

/** The text of whatever was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
