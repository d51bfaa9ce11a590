/** Waits for a condition with a deadline, instead of sleeping for as long as it might take. */
const pollIntervalMs = 5;

/** Resolves with the first value that is neither `false` nor `undefined`.
 * @throws Error naming `what` after `deadlineMs`. */
export async function eventually<T>(
  what: string,
  probe: () => T | false | undefined | Promise<T | false | undefined>,
  deadlineMs = 5000,
): Promise<T> {
  const endMs = performance.now() + deadlineMs;
  for (;;) {
    const value = await probe();
    if (value !== false && value !== undefined) return value;
    if (performance.now() > endMs) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, pollIntervalMs));
  }
}
