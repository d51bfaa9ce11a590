/** Gateways, workers and commands of one cluster as child processes, on given servers. */
import type { Readiness } from '../../../base/index.ts';
import { commands } from '../../../cli/commands.ts';
import { run } from '../../../cli/run.ts';
import type { RingAnswer } from '../../../cli/status.ts';
import { eventually } from '../eventually.ts';
import { fakeTerminal } from './fake-terminal.ts';
import { type RingwayProcess, startRingway } from './ringway-process.ts';

/** Generous: a machine may be busy with others. */
const deadlineMs = 60_000;

export interface Servers {
  /** `host:port/path` */
  readonly zookeeper: string;
  readonly rabbitmq: string;
}

export interface ServiceProcess extends RingwayProcess {
  /** Once its ports are open. */
  adminUrl(): Promise<string>;
  /** Of a gateway. */
  publicUrl(): Promise<string>;
  /** What `/readyz` says, with its status. */
  readiness(): Promise<Readiness & { readonly http: number }>;
  /** Resolves with the first readiness that it is waited for. */
  becomes(status: Readiness['status'], reason?: string): Promise<Readiness>;
  /** Lines of its log under this name. */
  logged(event: string): readonly Readonly<Record<string, unknown>>[];
}

export class ClusterProcesses {
  readonly #env: Readonly<Record<string, string>>;

  constructor(servers: Servers, secret = 'a secret of many letters') {
    this.#env = {
      RINGWAY_SECRET: secret,
      RINGWAY_ZOOKEEPER: servers.zookeeper,
      RINGWAY_RABBITMQ: servers.rabbitmq,
      // One machine is enough for tests.
      RINGWAY_QUEUE_TYPE: 'classic',
      RINGWAY_PARTITIONS: '4',
      RINGWAY_FIRST: 'true',
      RINGWAY_ADMIN_PORT: '0',
      RINGWAY_PORT: '0',
      RINGWAY_APP: 'echo',
      RINGWAY_DRAIN_WINDOW_MS: '0',
      RINGWAY_DRAIN_ALONE_MS: '100',
    };
  }

  gateway(id: string, ...args: readonly string[]): ServiceProcess {
    return service(startRingway(['gateway', '--id', id, ...args], this.#env));
  }

  worker(id: string, ...args: readonly string[]): ServiceProcess {
    return service(startRingway(['worker', '--id', id, ...args], this.#env));
  }
}

/** A command that asks this gateway; in place, because a child takes seconds to start. */
export async function ask(gateway: ServiceProcess, ...args: readonly string[]) {
  const terminal = fakeTerminal();
  const asked = [...args, '--admin', await gateway.adminUrl()];
  const code = await run({ args: asked, env: {}, terminal, commands });
  return { code, stdout: terminal.output.join('\n'), stderr: terminal.errors.join('\n') };
}

export async function ringAt(gateway: ServiceProcess): Promise<RingAnswer> {
  const response = await fetch(`${await gateway.adminUrl()}/v1/ring`);
  return (await response.json()) as RingAnswer;
}

export async function slotsAt(gateway: ServiceProcess, worker: string): Promise<number> {
  return (await ringAt(gateway)).workers.find(({ id }) => id === worker)?.slots ?? 0;
}

function service(child: RingwayProcess): ServiceProcess {
  const logged = (event: string) => linesOf(child).filter(({ msg }) => msg === event);
  const address = (name: 'adminUrl' | 'publicUrl'): Promise<string> =>
    eventually(
      'its ports are open',
      () => {
        const [line] = [...logged('worker.listening'), ...logged('gateway.started')];
        return line === undefined ? undefined : String(line[name]);
      },
      deadlineMs,
    );
  const readiness = async () => {
    const response = await fetch(`${await address('adminUrl')}/readyz`);
    return { ...((await response.json()) as Readiness), http: response.status };
  };
  return {
    ...child,
    adminUrl: () => address('adminUrl'),
    publicUrl: () => address('publicUrl'),
    readiness,
    becomes: (status, reason) =>
      eventually(
        `it is ${status} ${reason ?? ''}; it said ${child.stderr()}`,
        async () => {
          const now = await readiness();
          const isFor = reason === undefined || now.reasons.some(({ code }) => code === reason);
          return now.status === status && isFor && now;
        },
        deadlineMs,
      ),
    logged,
  };
}

function linesOf(child: RingwayProcess): Readonly<Record<string, unknown>>[] {
  const lines = child.stderr().split('\n').slice(0, -1);
  return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
}
