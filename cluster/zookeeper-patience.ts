/** How long a session waits for a server, and how long before the next one. Pure. */

const backOffMinMs = 50;
const backOffMaxMs = 1000;
const doublingsMax = 10;

/**
 * From dialling to the first answer. A third of the session: another server may be quicker. When
 * none was, two: they are busy, and whoever gives up asks for the same three answers once more.
 * @param late servers in a row that were given up for this
 */
export function readyDeadlineMs(sessionTimeoutMs: number, late: number, servers: number): number {
  return (sessionTimeoutMs / 3) * (late < servers ? 1 : 2);
}

/** A quarter of the session at most, or a reachable server would be found too late.
 * @param chance from 0 to 1 */
export function backOffMs(sessionTimeoutMs: number, failures: number, chance: number): number {
  const delayMs = backOffMinMs * 2 ** Math.min(failures, doublingsMax);
  return Math.min(delayMs, backOffMaxMs, sessionTimeoutMs / 4) * (0.5 + chance / 2);
}
