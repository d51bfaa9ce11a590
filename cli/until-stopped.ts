/** Runs what was started until somebody wants it to stop, or it ends by itself. */
import { type ExitCode, exitCodes, type Terminal } from './command.ts';

export interface Running {
  /** Stops in order; resolves when nothing is left to wait for. */
  stop(): Promise<unknown>;
  /** Resolves when it is over without having been asked here, rejects when it cannot go on. */
  readonly ended?: Promise<void>;
}

/** The first signal stops in order, a second one at once. @throws what `ended` rejects with */
export function untilStopped({ stop, ended }: Running, terminal: Terminal): Promise<ExitCode> {
  return new Promise((resolve, reject) => {
    let isStopping = false;
    const forget = terminal.onSignal((signal) => {
      if (isStopping) {
        terminal.err(`${signal} again: ending at once`);
        terminal.abort(exitCodes.interrupted);
        return;
      }
      isStopping = true;
      terminal.err(`${signal}: stopping (once more to end at once)`);
      stop().then(done, failed);
    });
    const done = (): void => {
      forget();
      resolve(exitCodes.done);
    };
    const failed = (error: unknown): void => {
      forget();
      reject(error);
    };
    ended?.then(done, failed);
  });
}
