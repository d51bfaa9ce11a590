/**
 * Where the servers of the tests come from, decided from what a `Machine` shows: an address given
 * by a variable, else installed programs. Pure: it reads nothing by itself and starts nothing.
 * What to do when nothing is found is said in missing.ts.
 */
import { join } from 'node:path';

/** What the decisions look at; machine.ts is the real one. */
export interface Machine {
  variable(name: string): string | undefined;
  exists(path: string): boolean;
  /** Names in a folder, sorted; none when there is no such folder. */
  list(folder: string): readonly string[];
  /** The path of a program on the PATH, links resolved. */
  onPath(program: string): string | undefined;
}

/** How to run ZooKeeper: `java -cp classPath …`. */
export interface ZooKeeperProgram {
  readonly java: string;
  readonly classPath: string;
}

/** How to run RabbitMQ: its own scripts, never the ones that a distribution wraps for its service. */
export interface RabbitProgram {
  /** The folder with `rabbitmq-server`. */
  readonly scripts: string;
  /** Paths of Erlang's programs. */
  readonly epmd: string;
  readonly erlCall: string;
}

const debianJar = '/usr/share/java/zookeeper.jar';
/** Debian's package has no logger on its class path; without one a failed start says nothing. */
const debianLogger = '/usr/share/java/slf4j-simple.jar';
const debianRabbit = '/usr/lib/rabbitmq/lib';
const homebrewFolders = ['/opt/homebrew/opt', '/usr/local/opt', '/home/linuxbrew/.linuxbrew/opt'];

/** Addresses of running servers to use instead of own ones. */
export interface GivenServers {
  /** `host:port`, several separated by commas. */
  readonly zookeeper: string | undefined;
  /** `amqp://user:password@host:port`. */
  readonly rabbitmq: string | undefined;
  /** Where its management plugin listens, if not at port 15672 of the same host. */
  readonly rabbitmqManagement: string | undefined;
}

/** Reads the variables that give addresses. */
export function givenServers(machine: Machine): GivenServers {
  const given = (name: string): string | undefined => machine.variable(name)?.trim() || undefined;
  return {
    zookeeper: given('RINGWAY_TEST_ZOOKEEPER'),
    rabbitmq: given('RINGWAY_TEST_RABBITMQ'),
    rabbitmqManagement: given('RINGWAY_TEST_RABBITMQ_MANAGEMENT'),
  };
}

/** An installed ZooKeeper: `ZOOKEEPER_HOME`, `zkServer.sh` on the PATH, Debian's, Homebrew's. */
export function findZooKeeper(machine: Machine): ZooKeeperProgram | undefined {
  const java = findJava(machine);
  if (java === undefined) return undefined;
  const distribution = distributionFolders(machine).find((folder) =>
    isDistribution(machine, folder),
  );
  if (distribution !== undefined) {
    // `conf` for the distribution's logging configuration.
    return { java, classPath: `${join(distribution, 'lib', '*')}:${join(distribution, 'conf')}` };
  }
  if (!machine.exists(debianJar)) return undefined;
  const logger = machine.exists(debianLogger) ? `:${debianLogger}` : '';
  return { java, classPath: debianJar + logger };
}

function findJava(machine: Machine): string | undefined {
  const home = machine.variable('JAVA_HOME');
  const candidates = [
    ...(home === undefined ? [] : [join(home, 'bin', 'java')]),
    ...homebrewFolders.map((folder) => join(folder, 'openjdk', 'bin', 'java')),
  ];
  // macOS has a /usr/bin/java that only asks for an installation: Homebrew's goes first.
  return candidates.find((path) => machine.exists(path)) ?? machine.onPath('java');
}

function distributionFolders(machine: Machine): readonly string[] {
  const home = machine.variable('ZOOKEEPER_HOME');
  const script = machine.onPath('zkServer.sh') ?? machine.onPath('zkServer');
  return [
    ...(home === undefined ? [] : [home]),
    ...(script === undefined
      ? []
      : [join(script, '..', '..'), join(script, '..', '..', 'libexec')]),
    ...homebrewFolders.map((folder) => join(folder, 'zookeeper', 'libexec')),
  ];
}

function isDistribution(machine: Machine, folder: string): boolean {
  return machine.list(join(folder, 'lib')).some((name) => /^zookeeper-\d.*\.jar$/.test(name));
}

/** An installed RabbitMQ with the Erlang programs that the tests need beside it. */
export function findRabbit(machine: Machine): RabbitProgram | undefined {
  const scripts = scriptFolders(machine).find((folder) =>
    machine.exists(join(folder, 'rabbitmq-server')),
  );
  const epmd = findErlang(machine, 'epmd');
  const erlCall = findErlang(machine, 'erl_call');
  if (scripts === undefined || epmd === undefined || erlCall === undefined) return undefined;
  return { scripts, epmd, erlCall };
}

function scriptFolders(machine: Machine): readonly string[] {
  const onPath = machine.onPath('rabbitmq-server');
  return [
    // The newest first.
    ...[...machine.list(debianRabbit)]
      .filter((name) => name.startsWith('rabbitmq_server-'))
      .reverse()
      .map((name) => join(debianRabbit, name, 'sbin')),
    // A distribution's wrapper resolves to another name and is refused by the check above.
    ...(onPath?.endsWith('/rabbitmq-server') ? [join(onPath, '..')] : []),
    ...homebrewFolders.map((folder) => join(folder, 'rabbitmq', 'sbin')),
  ];
}

function findErlang(machine: Machine, program: string): string | undefined {
  const erl = machine.onPath('erl');
  const candidates = [
    ...(erl === undefined ? [] : [join(erl, '..', program)]),
    ...homebrewFolders.map((folder) => join(folder, 'erlang', 'lib', 'erlang', 'bin', program)),
  ];
  return machine.onPath(program) ?? candidates.find((path) => machine.exists(path));
}
