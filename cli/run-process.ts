/**
 * The life of a gateway or worker process: connect, listen, work until told to stop or unable to
 * go on, leave in order. What the two have in common; what they are is given by `make`.
 */
import { ConfigError, type Logger, type Readiness, type RingwayError } from '../base/index.ts';
import {
  type ClusterConnection,
  type ConnectionValues,
  connectCluster,
} from './cluster-connection.ts';
import type { ExitCode, Terminal } from './command.ts';
import { createLog } from './log.ts';
import { flagOf, variableOf } from './options.ts';
import { packageVersion } from './package-root.ts';
import type { ProcessParts } from './process-parts.ts';
import { ReadinessLog } from './readiness-log.ts';
import { untilStopped } from './until-stopped.ts';

export interface Surroundings {
  readonly cluster: ClusterConnection;
  readonly logger: Logger;
  readonly build: string;
  onReadiness(readiness: Readiness): void;
  /** It cannot go on: the process ends with this error. */
  onExit(error: RingwayError): void;
  /** It was drained by somebody else: the process ends well. */
  onDrained(): void;
}

/** A gateway or worker, not started yet. */
export interface Part {
  /** Opens its ports; resolves while it may still be waiting for ZooKeeper. */
  listen(): Promise<void>;
  drain(): Promise<unknown>;
  close(): Promise<void>;
}

export interface ProcessRun {
  /** Who it is, in every line of its log: `{ worker: 'w-1' }`. */
  readonly name: Readonly<Record<string, string>>;
  readonly values: ConnectionValues;
  readonly parts: ProcessParts;
  readonly terminal: Terminal;
  make(around: Surroundings): Part;
}

export async function runProcess({
  name,
  values,
  parts,
  terminal,
  make,
}: ProcessRun): Promise<ExitCode> {
  const { clock } = parts;
  const log = { level: values.logLevel, isReadable: terminal.isErrTty, clock, write: terminal.err };
  const logger = createLog(log);
  const cluster = connectCluster(values, parts, logger.with(name));
  const readiness = new ReadinessLog(logger.with(name), clock);
  const over = createEnd();
  let part: Part | undefined;
  const close = async (): Promise<void> => {
    readiness.close();
    await part?.close();
    await cluster.close();
  };
  try {
    const onReadiness = (now: Readiness): void => readiness.changed(now);
    const build = packageVersion();
    part = make({ cluster, logger, build, onReadiness, onExit: over.fail, onDrained: over.end });
    await part.listen();
  } catch (error) {
    await close();
    throw byFlag(error);
  }
  const ended = Promise.race([over.ended, cluster.refused]).catch((error: unknown) => {
    throw byFlag(error);
  });
  return untilStopped({ stop: part.drain, ended, close }, terminal);
}

function createEnd() {
  let end = (): void => undefined;
  let fail = (_error: unknown): void => undefined;
  const ended = new Promise<void>((resolve, reject) => {
    end = resolve;
    fail = reject;
  });
  // Nobody waits for it yet while ports are opened.
  ended.catch(() => undefined);
  return { ended, end: () => end(), fail: (error: unknown) => fail(error) };
}

/** The cluster's config names a field; whoever reads the message has a flag and a variable. */
function byFlag(error: unknown): unknown {
  if (!(error instanceof ConfigError)) return error;
  const names = `${flagOf('partitions')} (${variableOf('partitions')})`;
  return new ConfigError(
    error.problems.map((each) => each.replace(/^partitions is/, `${names} is`)),
  );
}
