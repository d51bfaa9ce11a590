/** `ringway worker`: one worker of a cluster, until it is drained, stopped or replaced. */
import { isWildcard, RingwayError } from '../base/index.ts';
import {
  type Application,
  createHealthServer,
  createWorker,
  loadApplication,
} from '../worker/index.ts';
import { idOr } from './cluster-options.ts';
import { type Command, command } from './command.ts';
import { type ProcessParts, processParts } from './process-parts.ts';
import { type Part, runProcess, type Surroundings } from './run-process.ts';
import {
  type WorkerValues,
  workerLimitsOf,
  workerOptions,
  workerProblems,
} from './worker-options.ts';

export const workerCommand: Command = workerCommandOf(processParts);

export function workerCommandOf(parts: ProcessParts): Command {
  return command({
    name: 'worker',
    summary: 'Run a worker of a cluster on ZooKeeper and RabbitMQ',
    details: [
      'It takes its share of the users and runs your application for them. SIGTERM, or a drain',
      'asked for with `ringway drain`, hands the users over and ends the process.',
      '  RINGWAY_SECRET=… ringway worker --app ./counter.mjs --listen 0.0.0.0:7070',
    ],
    words: [],
    options: workerOptions,
    check: (values) => workerProblems(values, parts.hostName()),
    async run({ values }, terminal) {
      const application = await loadApplication(values.app);
      const make = (around: Surroundings): Part => workerOf(values, application, parts, around);
      const name = { worker: idOr(values.id, parts.hostName()) };
      const { callDeadlineMs } = workerLimitsOf(values);
      return runProcess({ name, values: { ...values, callDeadlineMs }, parts, terminal, make });
    },
  });
}

function workerOf(
  values: WorkerValues,
  application: Application,
  parts: ProcessParts,
  { cluster, logger, build, ...listener }: Surroundings,
): Part {
  const { clock, random } = parts;
  const advertise = values.advertise ?? reachableName(values.listen.host, parts);
  const worker = createWorker({
    ...{ application, clock, random, logger, build, weight: values.weight, listen: values.listen },
    ...{ coordinator: cluster.coordinator, bus: cluster.bus, secret: values.secret },
    ...{ limits: workerLimitsOf(values), isFirst: values.first },
    ...(advertise === undefined ? {} : { advertise }),
    ...listener,
    id: idOr(values.id, parts.hostName()),
  });
  const { adminHost: host, adminPort: port, adminToken: token } = values;
  const health = createHealthServer({ host, port, token, worker });
  return {
    async listen() {
      logger.info('worker.listening', { adminUrl: await health.listen() });
      worker.start().catch((error: unknown) => {
        if (!(error instanceof RingwayError)) throw error;
        // Stopped on the way: whoever stopped it knows.
        if (error.code !== 'worker.stopped') listener.onExit(error);
      });
    },
    drain: () => worker.drain(),
    async close() {
      await worker.close();
      await health.close();
    },
  };
}

/** Of a process that listens at every interface: nobody could dial that. */
export function reachableName(host: string, { hostName }: ProcessParts): string | undefined {
  return isWildcard(host) ? hostName() : undefined;
}
