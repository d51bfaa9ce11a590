/**
 * Others with a gateway's id. Of two gateways the later one stays. A worker's boot identity looks
 * like a gateway's, so that on a link the two would be taken for lives of one process: whoever
 * comes later goes again, and meanwhile they are not linked. Pure.
 */
import { type BootId, memberIdOf, RingwayError } from '../base/index.ts';
import { type Dialable, dialableWorkers, successorOf, type View } from '../cluster/index.ts';

export interface Self {
  readonly id: string;
  /** undefined before the first registration. */
  readonly boot: BootId | undefined;
  /** The view is the first one: whoever is in it was there before. */
  readonly isNew: boolean;
}

/** Why this gateway must exit, by what it sees of others; undefined = it need not. */
export function mustExit(view: View, { id, boot, isNew }: Self): RingwayError | undefined {
  const newer = boot === undefined ? undefined : successorOf(view.gateways.keys(), boot);
  if (newer !== undefined) {
    const message = `${newer} is a newer process with the id of ${boot}`;
    return new RingwayError('gateway.superseded', message);
  }
  const isTaken = isNew && [...view.live.keys()].some((worker) => memberIdOf(worker) === id);
  return isTaken ? new RingwayError('gateway.id_taken', `a worker has the id ${id}`) : undefined;
}

/** The live workers that a gateway of this id may have links to. */
export function dialable(view: View, id: string): readonly Dialable[] {
  return dialableWorkers(view).filter(({ boot }) => memberIdOf(boot) !== id);
}
