/**
 * The one loop that steps the core. What effects lead to while they are performed waits its turn,
 * so each step's effects are complete before the next step begins.
 */
import type { Clock } from '../base/index.ts';
import type { WorkerEffect, WorkerInput } from './core-types.ts';
import type { CorePort } from './ports.ts';

export interface DriveOptions {
  readonly core: Pick<CorePort, 'step'>;
  readonly clock: Clock;
  perform(effect: WorkerEffect): void;
  /** For the metrics. */
  onInput(kind: WorkerInput['kind']): void;
}

export interface Drive {
  input(input: WorkerInput): void;
  /** Nothing is stepped or performed from now on, not even the rest of the effects under way. */
  stop(): void;
}

export function createDrive({ core, clock, perform, onInput }: DriveOptions): Drive {
  const waiting: WorkerInput[] = [];
  let isDriving = false;
  let isStopped = false;

  const step = (input: WorkerInput): void => {
    onInput(input.kind);
    for (const effect of core.step(input, clock.nowMs())) {
      if (isStopped) return;
      perform(effect);
    }
  };

  return {
    input(input) {
      if (isStopped) return;
      if (isDriving) {
        waiting.push(input);
        return;
      }
      isDriving = true;
      try {
        step(input);
        // By index: `shift` on a long array costs its length each time.
        for (let at = 0; at < waiting.length && !isStopped; at += 1) {
          const next = waiting[at];
          if (next !== undefined) step(next);
        }
        waiting.length = 0;
      } finally {
        isDriving = false;
      }
    },
    stop() {
      isStopped = true;
    },
  };
}
