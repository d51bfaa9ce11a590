import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  findRabbit,
  findZooKeeper,
  givenServers,
  type Machine,
} from '../../../support/servers/find-servers.ts';
import { missing } from '../../../support/servers/missing.ts';
import { whyNotStartable } from '../../../support/servers/own-servers.ts';

interface Described {
  readonly variables?: Readonly<Record<string, string>>;
  readonly files?: readonly string[];
  readonly programs?: Readonly<Record<string, string>>;
}

/** A machine made of a list of files, some of them programs on the PATH. */
function machineWith({ variables = {}, files = [], programs = {} }: Described): Machine {
  return {
    variable: (name) => variables[name],
    exists: (path) => files.includes(path),
    list: (folder) =>
      files
        .filter((file) => file.startsWith(`${folder}/`))
        .map((file) => file.slice(folder.length + 1).split('/')[0] ?? '')
        .sort(),
    onPath: (program) => programs[program],
  };
}

const java = { java: '/usr/bin/java' };
const debianJar = '/usr/share/java/zookeeper.jar';
const erlang = { epmd: '/usr/lib/erlang/bin/epmd', erl_call: '/usr/lib/erlang/bin/erl_call' };
const debianScripts = (version: string): string =>
  `/usr/lib/rabbitmq/lib/rabbitmq_server-${version}/sbin`;

describe('finding ZooKeeper', () => {
  it("takes Debian's package, with the logger beside it when there is one", () => {
    const logger = '/usr/share/java/slf4j-simple.jar';
    const both = machineWith({ programs: java, files: [debianJar, logger] });
    const alone = machineWith({ programs: java, files: [debianJar] });
    expect(findZooKeeper(both)?.classPath).to.equal(`${debianJar}:${logger}`);
    expect(findZooKeeper(alone)?.classPath).to.equal(debianJar);
  });

  it('prefers the distribution that ZOOKEEPER_HOME names', () => {
    const machine = machineWith({
      variables: { ZOOKEEPER_HOME: '/opt/zk' },
      programs: java,
      files: ['/opt/zk/lib/zookeeper-3.8.4.jar', debianJar],
    });
    expect(findZooKeeper(machine)?.classPath).to.equal('/opt/zk/lib/*:/opt/zk/conf');
  });

  it('finds a distribution by zkServer.sh on the PATH, and passes over a folder without jars', () => {
    const machine = machineWith({
      variables: { ZOOKEEPER_HOME: '/empty' },
      programs: { ...java, 'zkServer.sh': '/srv/zk/bin/zkServer.sh' },
      files: ['/srv/zk/lib/zookeeper-3.9.2.jar'],
    });
    expect(findZooKeeper(machine)?.classPath).to.equal('/srv/zk/lib/*:/srv/zk/conf');
  });

  it("finds Homebrew's, with its own Java before the system's", () => {
    const machine = machineWith({
      programs: java,
      files: [
        '/opt/homebrew/opt/zookeeper/libexec/lib/zookeeper-3.9.3.jar',
        '/opt/homebrew/opt/openjdk/bin/java',
      ],
    });
    expect(findZooKeeper(machine)).to.deep.equal({
      java: '/opt/homebrew/opt/openjdk/bin/java',
      classPath:
        '/opt/homebrew/opt/zookeeper/libexec/lib/*:/opt/homebrew/opt/zookeeper/libexec/conf',
    });
  });

  it('finds nothing without Java, and nothing without a jar', () => {
    expect(findZooKeeper(machineWith({ files: [debianJar] }))).to.equal(undefined);
    expect(findZooKeeper(machineWith({ programs: java }))).to.equal(undefined);
  });
});

describe('finding RabbitMQ', () => {
  it("takes the newest of Debian's, never the wrapper of its service", () => {
    const machine = machineWith({
      programs: { ...erlang, 'rabbitmq-server': '/usr/lib/rabbitmq/bin/rabbitmq-script-wrapper' },
      files: [
        `${debianScripts('3.10.8')}/rabbitmq-server`,
        `${debianScripts('3.12.1')}/rabbitmq-server`,
      ],
    });
    expect(findRabbit(machine)).to.deep.equal({
      scripts: debianScripts('3.12.1'),
      epmd: erlang.epmd,
      erlCall: erlang.erl_call,
    });
  });

  it('takes the one on the PATH, with the Erlang programs beside erl', () => {
    const bin = '/opt/otp/lib/erlang/bin';
    const script = '/opt/rabbit/sbin/rabbitmq-server';
    const machine = machineWith({
      programs: { erl: `${bin}/erl`, 'rabbitmq-server': script },
      files: [script, `${bin}/epmd`, `${bin}/erl_call`],
    });
    expect(findRabbit(machine)).to.deep.equal({
      scripts: '/opt/rabbit/sbin',
      epmd: `${bin}/epmd`,
      erlCall: `${bin}/erl_call`,
    });
  });

  it('finds nothing with the wrapper alone, nor without the Erlang programs', () => {
    const wrapper = { 'rabbitmq-server': '/usr/lib/rabbitmq/bin/rabbitmq-script-wrapper' };
    const files = [`${debianScripts('3.10.8')}/rabbitmq-server`];
    expect(findRabbit(machineWith({ programs: { ...erlang, ...wrapper } }))).to.equal(undefined);
    expect(findRabbit(machineWith({ files }))).to.equal(undefined);
  });
});

describe('servers given by address', () => {
  const variables = { RINGWAY_TEST_ZOOKEEPER: 'zk:2181' };

  it('are read from variables, of which an empty one counts as none', () => {
    const machine = machineWith({ variables: { ...variables, RINGWAY_TEST_RABBITMQ: ' ' } });
    expect(givenServers(machine)).to.deep.equal({
      zookeeper: 'zk:2181',
      rabbitmq: undefined,
      rabbitmqManagement: undefined,
    });
  });

  it('leave tests that must stop a server pending, unless one is installed too', () => {
    const nothing = machineWith({ variables });
    const installed = machineWith({ variables, programs: java, files: [debianJar] });
    expect(whyNotStartable(['zookeeper', 'rabbitmq'], nothing)).to.match(/^zookeeper given by/);
    expect(whyNotStartable(['rabbitmq'], nothing)).to.equal(undefined);
    expect(whyNotStartable(['zookeeper'], installed)).to.equal(undefined);
  });

  it('are the only reason to leave tests pending: without them, missing servers are a failure', () => {
    expect(whyNotStartable(['zookeeper', 'rabbitmq'], machineWith({}))).to.equal(undefined);
  });
});

describe('the message about missing servers', () => {
  it('says for each what it is, which variable gives it and which packages have it', () => {
    const { message } = missing(['zookeeper', 'pika']);
    expect(message).to.include('RINGWAY_TEST_ZOOKEEPER=host:port').and.include('import pika');
    expect(message).to.include('zookeeper default-jre-headless python3-pika\n');
    expect(message).not.to.include('rabbitmq-server');
  });
});
