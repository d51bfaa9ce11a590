/** Runs what was started until somebody wants it to stop, or it ends by itself. */
import { type ExitCode, exitCodes, type Terminal } from './command.ts';

export interface Running {
  /** Stops in order; resolves when nothing is left to wait for. */
  stop(): Promise<unknown>;
  /** Resolves when it is over without having been asked here, rejects when it cannot go on. */
  readonly ended?: Promise<void>;
  /** What is left to do after either, while a second signal still ends the process at once. */
  close?(): Promise<void>;
}

/** The first signal stops in order, a second one at once. @throws what `ended` rejects with */
export async function untilStopped(running: Running, terminal: Terminal): Promise<ExitCode> {
  let forget = (): void => undefined;
  const stopped = new Promise<unknown>((resolve, reject) => {
    let isStopping = false;
    forget = terminal.onSignal((signal) => {
      if (isStopping) {
        terminal.err(`${signal} again: ending at once`);
        terminal.abort(exitCodes.interrupted);
        return;
      }
      isStopping = true;
      terminal.err(`${signal}: stopping (once more to end at once)`);
      running.stop().then(resolve, reject);
    });
    running.ended?.then(resolve, reject);
  });
  try {
    await stopped;
    return exitCodes.done;
  } finally {
    await running.close?.();
    forget();
  }
}
