/**
 * `POST /v1/events`: one event or an array of them, published in order. All are judged before the
 * first is published; the answer comes when the bus has stored every one, or at the deadline.
 */
import { type Clock, type Random, RingwayError } from '../base/index.ts';
import { type Bus, type BusEvent, parseCloudEvent } from '../events/index.ts';
import type { GatewayOptions } from './options.ts';

export interface PublishParts {
  readonly options: Pick<GatewayOptions, 'id' | 'adminPublishTimeoutMs'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly bus: Bus;
}

/** Events of one POST, and how many of them wait for the bus at a time: it has a window. */
const eventsPerPostMax = 1_000;
const eventsUnderWayMax = 100;

/**
 * The ids of the events, all stored.
 * @throws RingwayError `event.invalid`, `event.no_key`, `event.too_large`: nothing was published;
 *   `bus.unavailable`: some may be stored; whatever else the bus throws
 */
export async function publishPosted(json: unknown, parts: PublishParts): Promise<string[]> {
  const list: readonly unknown[] = Array.isArray(json) ? json : [json];
  if (list.length === 0 || list.length > eventsPerPostMax) {
    const message = `${list.length} events, not from 1 to ${eventsPerPostMax}`;
    throw new RingwayError('event.invalid', message);
  }
  const { options, random } = parts;
  const source = `/${options.id}`;
  const events = list.map((each, at) =>
    naming(at, list.length, () => parseCloudEvent(each, { source, random })),
  );
  await publishInTime(events, parts);
  return events.map(({ id }) => id);
}

/** The bus itself waits as long as a broker takes nothing; who asked by HTTP cannot see why. */
async function publishInTime(events: readonly BusEvent[], parts: PublishParts): Promise<void> {
  const { bus, clock } = parts;
  const timeoutMs = parts.options.adminPublishTimeoutMs;
  let isLate = false;
  let cancel = (): void => undefined;
  const late = new Promise<never>((_, reject) => {
    cancel = clock.after(timeoutMs, () => {
      isLate = true;
      const message = `the bus did not confirm within adminPublishTimeoutMs ${timeoutMs}`;
      reject(new RingwayError('bus.unavailable', message, { retryable: true }));
    });
  });
  const publish = async (): Promise<void> => {
    for (let at = 0; at < events.length && !isLate; at += eventsUnderWayMax) {
      const some = events.slice(at, at + eventsUnderWayMax);
      await Promise.all(some.map((event) => bus.publishEvent(event)));
    }
  };
  try {
    await Promise.race([publish(), late]);
  } finally {
    cancel();
  }
}

/** Says which one of several is wrong. */
function naming<T>(at: number, count: number, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (count === 1 || !(error instanceof RingwayError)) throw error;
    throw new RingwayError(error.code, `event ${at + 1} of ${count}: ${error.message}`);
  }
}
