/**
 * One broker for all tests of this folder's users, started with the first and stopped after the
 * last. They are each alone on it (mocha runs one test at a time) and leave it well.
 */
import { after } from 'mocha';
import { type RabbitServer, startRabbit } from '../servers/index.ts';

let starting: Promise<RabbitServer> | undefined;

export function theBroker(): Promise<RabbitServer> {
  starting ??= startRabbit();
  return starting;
}

/** Room for its start in a `before` hook. */
export const brokerStartMs = 60_000;

after(async () => {
  await (await starting)?.close();
});
