/** `ringway drain <worker>`: asks a worker to leave, and waits until it owns nothing. */
import { RingwayError, systemClock } from '../base/index.ts';
import { adminOptions, askAdmin } from './admin-client.ts';
import { type Command, command, exitCodes, type Terminal } from './command.ts';
import { integer, toggle } from './option-kinds.ts';
import type { Values } from './options.ts';
import type { RingAnswer } from './status.ts';

const options = {
  ...adminOptions,
  waitS: integer({
    about: 'Seconds to wait until the worker owns nothing',
    placeholder: '<seconds>',
    fallback: 60,
    min: 1,
    max: 3600,
  }),
  noWait: toggle('Only ask, do not wait'),
};

const pollMs = 200;

export const drainCommand: Command = command({
  name: 'drain',
  summary: 'Take a worker out of the ring; its users move first',
  details: [
    'The worker leaves the ring at once, hands over slot by slot, and stops when it has none.',
    '  ringway drain w-2',
  ],
  words: ['worker'],
  options,
  async run({ values, words }, terminal) {
    const [worker = ''] = words;
    const path = `/v1/workers/${encodeURIComponent(worker)}/drain`;
    await askAdmin(values, { method: 'POST', path });
    terminal.err(`${worker} leaves the ring`);
    if (!values.noWait) await untilEmpty(worker, values, terminal);
    return exitCodes.done;
  },
});

/** @throws RingwayError `drain.timed_out`: the worker goes on draining. */
async function untilEmpty(
  worker: string,
  values: Values<typeof options>,
  terminal: Terminal,
): Promise<void> {
  const endMs = systemClock.nowMs() + values.waitS * 1000;
  for (;;) {
    const { workers } = (await askAdmin(values, { method: 'GET', path: '/v1/ring' })) as RingAnswer;
    const slots = workers.find(({ id }) => id === worker)?.slots ?? 0;
    if (workers.length === 0) {
      terminal.out(`${worker} has ended; nobody was there to take over what it held`);
      return;
    }
    if (slots === 0) {
      terminal.out(`${worker} owns nothing any more`);
      return;
    }
    if (systemClock.nowMs() > endMs) {
      const message = `${worker} still owns ${slots} slots after ${values.waitS} s (--wait-s); it goes on draining`;
      throw new RingwayError('drain.timed_out', message, { retryable: true });
    }
    await new Promise<void>((resolve) => systemClock.after(pollMs, resolve));
  }
}
