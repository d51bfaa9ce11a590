/**
 * A cluster of 16,384 slots says the same thing thousands of times when a worker comes or goes.
 * For a human this logger gathers lines about single slots: one line for each worker and event,
 * with how many slots it was, soon after the last of them.
 */
import type { Cancel, Clock, Fields, Logger } from '../base/index.ts';

const gatherMs = 300;
/** Different lines gathered at once; beyond it they are written out early. */
const groupsMax = 256;

export interface GatheringLogger extends Logger {
  /** Writes what is gathered; for the end of the process. */
  flush(): void;
}

interface Group {
  readonly event: string;
  readonly fields: Fields;
  slots: number;
}

export function gatherSlots(to: Logger, clock: Clock): GatheringLogger {
  const groups = new Map<string, Group>();
  let cancel: Cancel | undefined;
  const flush = (): void => {
    cancel?.();
    cancel = undefined;
    for (const { event, fields, slots } of groups.values())
      to.info(event, { ...fields, count: slots });
    groups.clear();
  };
  const gather = (event: string, own: Fields): void => {
    const group = groupOf(groups, event, own);
    group.slots += 1;
    if (groups.size > groupsMax) flush();
    else cancel ??= clock.after(gatherMs, flush);
  };
  const withFields = (own: Fields): GatheringLogger => ({
    info: (event, fields = {}) => {
      if ('slot' in fields) gather(event, own);
      else to.info(event, { ...own, ...fields });
    },
    warn: (event, fields) => to.warn(event, { ...own, ...fields }),
    error: (event, fields) => to.error(event, { ...own, ...fields }),
    with: (fields) => withFields({ ...own, ...fields }),
    flush,
  });
  return withFields({});
}

function groupOf(groups: Map<string, Group>, event: string, fields: Fields): Group {
  const name = JSON.stringify([event, fields]);
  const group = groups.get(name) ?? { event, fields, slots: 0 };
  groups.set(name, group);
  return group;
}
