/**
 * One RabbitMQ broker on loopback with everything of its own: ports, data, Erlang cookie, and epmd,
 * Erlang's name service, which a broker would otherwise start for the whole machine and leave
 * behind. Other brokers on the machine are neither seen nor disturbed.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { eventually } from '../eventually.ts';
import * as words from './broker-words.ts';
import { evaluateErlang } from './erlang-call.ts';
import { findRabbit } from './find-servers.ts';
import { freePort } from './free-port.ts';
import { thisMachine } from './machine.ts';
import { missing } from './missing.ts';
import { ask, isListening } from './probes.ts';
import { ServerProcess } from './server-process.ts';
import { makeServerFolder } from './test-folder.ts';

/** A broker as a test isolates itself on it, started by the tests or given by its address. */
export interface RabbitHost {
  /** `amqp://user:password@host:port`; stays the same over restarts. */
  readonly url: string;
  /** Makes a virtual host for one test or test file and resolves with its URL. */
  createVhost(): Promise<string>;
  /** Deletes a virtual host and all in it. @param url as `createVhost()` gave it */
  deleteVhost(url: string): Promise<void>;
  /** The state of a queue, or `undefined` when there is none of that name.
   * @param url as `createVhost()` gave it */
  queue(url: string, name: string): Promise<words.QueueState | undefined>;
  /** Frees what belongs to the tests. */
  close(): Promise<void>;
}

/** A broker that a test may treat badly. */
export interface RabbitServer extends RabbitHost {
  readonly isRunning: boolean;
  /** The process id while it runs. */
  readonly pid: number | undefined;
  /** Starts it; resolves when it answers AMQP clients. */
  start(): Promise<void>;
  /** Ends it in order (SIGTERM); takes some seconds. */
  stop(): Promise<void>;
  /** Ends it at once (SIGKILL). A quorum queue that was declared less than some seconds before has
   * no leader afterwards, and its confirmed messages are lost: `settle()` first. */
  kill(): Promise<void>;
  /** Resolves when quorum queues that exist now outlive a `kill()`: RabbitMQ writes its table of
   * them lazily (seen with 3.10). */
  settle(): Promise<void>;
  /** Freezes it (SIGSTOP): connections stay open, nothing is answered. */
  pause(): void;
  /** Continues it after `pause()`. */
  resume(): void;
  /** Stops and starts it. */
  restart(): Promise<void>;
  /** Ends all client connections and resolves with their number once they are gone. Abruptly: the
   * sockets are cut; otherwise clients are told (`connection.close` 320). Default: abruptly. */
  closeConnections(options?: { readonly abruptly?: boolean }): Promise<number>;
  /** How many clients are connected now. */
  connections(): Promise<number>;
  /** Turns the memory alarm on or off and resolves once it is; while on, publishers are blocked. */
  setMemoryAlarm(isOn: boolean): Promise<void>;
  /** Evaluates an Erlang expression in the broker, for what has no method here; the value must be
   * fit for JSON. */
  evaluate(expression: string): Promise<unknown>;
}

export interface RabbitOptions {
  /** Default: a free one. */
  readonly port?: number;
  /** Further lines for `rabbitmq.conf`. */
  readonly configuration?: readonly string[];
  /** Plugins to enable. The management plugin makes an orderly stop five seconds longer. */
  readonly plugins?: readonly string[];
}

const host = '127.0.0.1';
const user = 'guest';
/** A quorum queue elects its leader anew when its broker has started. */
const leaderDeadlineMs = 30_000;
const amqpGreeting = Buffer.from('AMQP\0\0\x09\x01', 'latin1');

/** Starts a broker; resolves when it answers AMQP clients. */
export async function startRabbit(options: RabbitOptions = {}): Promise<RabbitServer> {
  const program = findRabbit(thisMachine);
  if (program === undefined) throw missing(['rabbitmq']);
  const port = options.port ?? (await freePort());
  const epmdPort = await freePort();
  const folder = makeServerFolder('rabbitmq');
  const nodeName = `ringway-${port}@localhost`;
  const env = {
    PATH: `${process.env.PATH ?? ''}:${dirname(program.erlCall)}`,
    HOME: folder,
    ERL_EPMD_PORT: `${epmdPort}`,
  };
  writeConfiguration(folder, port, options);
  const epmd = new ServerProcess({
    name: 'epmd',
    command: program.epmd,
    args: ['-port', `${epmdPort}`, '-address', host],
    env,
    folder,
  });
  const broker = new ServerProcess({
    name: 'rabbitmq',
    command: join(program.scripts, 'rabbitmq-server'),
    args: [],
    env: { ...env, ...brokerEnvironment(folder, nodeName, await freePort()) },
    folder,
  });
  const evaluate = (expression: string): Promise<unknown> =>
    evaluateErlang({ erlCall: program.erlCall, name: nodeName, env }, expression);

  await epmd.start(() => isListening(host, epmdPort));
  const server = rabbitServer({ port, folder, epmd, broker, evaluate });
  try {
    await server.start();
  } catch (error) {
    await server.close();
    throw error;
  }
  return server;
}

interface Parts {
  readonly port: number;
  readonly folder: string;
  readonly epmd: ServerProcess;
  readonly broker: ServerProcess;
  readonly evaluate: (expression: string) => Promise<unknown>;
}

function rabbitServer({ port, folder, epmd, broker, evaluate }: Parts): RabbitServer {
  const url = `amqp://${user}:guest@${host}:${port}`;
  const start = (): Promise<void> => broker.start(() => answersAmqp(port));
  let vhostsMade = 0;
  return {
    url,
    get isRunning() {
      return broker.isRunning;
    },
    get pid() {
      return broker.pid;
    },
    start,
    stop: () => broker.stop(),
    kill: () => broker.kill(),
    settle: async () => {
      await evaluate(words.writeTables);
    },
    pause: () => broker.pause(),
    resume: () => broker.resume(),
    restart: async () => {
      await broker.stop();
      await start();
    },
    createVhost: async () => {
      vhostsMade += 1;
      const vhost = `test-${vhostsMade}`;
      await evaluate(words.addVhost(vhost, user));
      await eventually(`virtual host ${vhost} is up`, async () =>
        Boolean(await evaluate(words.isVhostUp(vhost))),
      );
      return `${url}/${vhost}`;
    },
    deleteVhost: async (vhostUrl) => {
      await evaluate(words.deleteVhost(vhostOf(vhostUrl), user));
    },
    closeConnections: async ({ abruptly = true } = {}) =>
      (await evaluate(words.endConnections(abruptly))) as number,
    connections: async () => (await evaluate(words.countConnections)) as number,
    setMemoryAlarm: async (isOn) => {
      await evaluate(words.setMemoryLimit(isOn));
      await eventually(
        `the memory alarm is ${isOn ? 'on' : 'off'}`,
        async () => (await evaluate(words.hasMemoryAlarm)) === isOn,
      );
    },
    queue: async (vhostUrl, name) => {
      const state = await eventually(
        `queue ${name} has a leader`,
        async () => {
          const answer = await evaluate(words.queueState(vhostOf(vhostUrl), name));
          return answer === null ? undefined : { of: answer as words.QueueState | false };
        },
        leaderDeadlineMs,
      );
      return state.of || undefined;
    },
    evaluate,
    close: async () => {
      await broker.kill();
      await epmd.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The virtual host of an AMQP URL. */
export function vhostOf(url: string): string {
  return decodeURIComponent(new URL(url).pathname.slice(1)) || '/';
}

/** A broker that is ready for clients answers the protocol's greeting with `connection.start`. */
async function answersAmqp(port: number): Promise<boolean> {
  const isMethodFrame = (answer: Buffer): boolean => answer.length > 0;
  const answer = await ask({ host, port }, amqpGreeting, isMethodFrame);
  return answer?.[0] === 1;
}

function writeConfiguration(folder: string, port: number, options: RabbitOptions): void {
  writeFileSync(join(folder, 'enabled_plugins'), `[${(options.plugins ?? []).join(',')}].\n`);
  // Read in place of the machine's own, which belongs to its service.
  writeFileSync(join(folder, 'rabbitmq-env.conf'), '');
  const lines = [
    `listeners.tcp.1 = ${host}:${port}`,
    'disk_free_limit.absolute = 1MB',
    ...(options.configuration ?? []),
  ];
  writeFileSync(join(folder, 'rabbitmq.conf'), `${lines.join('\n')}\n`);
}

function brokerEnvironment(folder: string, nodeName: string, distributionPort: number) {
  return {
    RABBITMQ_NODENAME: nodeName,
    RABBITMQ_DIST_PORT: `${distributionPort}`,
    RABBITMQ_CONF_ENV_FILE: join(folder, 'rabbitmq-env.conf'),
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
    RABBITMQ_MNESIA_BASE: join(folder, 'data'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_LOGS: '-',
    // The script then becomes the broker (exec) instead of waiting beside it: signals reach it.
    RUNNING_UNDER_SYSTEMD: 'true',
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS:
      // No spinning while idle, which starves the tests on few cores; Erlang's own port on loopback.
      '+sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}',
  };
}
