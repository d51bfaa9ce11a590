/** The one message for a machine on which the servers of the tests are not found. */

/** What a full run of the tests needs besides Node and python3. */
export type Requirement = 'zookeeper' | 'rabbitmq' | 'haproxy' | 'compose' | 'pika';

const whereFrom: Readonly<Record<Requirement, string>> = {
  zookeeper:
    'ZooKeeper 3.5 or newer with a Java runtime: set ZOOKEEPER_HOME to an unpacked Apache ' +
    'distribution, or give a running one as RINGWAY_TEST_ZOOKEEPER=host:port',
  rabbitmq:
    'RabbitMQ 3.10 or newer with Erlang (rabbitmq-server, epmd, erl_call): put them on the PATH, ' +
    'or give a running one with the management plugin as RINGWAY_TEST_RABBITMQ=amqp://user:password@host:port',
  haproxy: 'haproxy, and wget, which its health check uses, on the PATH',
  compose: 'Docker Compose, without an engine: the plugin of docker, or docker-compose on the PATH',
  pika: 'a python3 on the PATH, or /usr/bin/python3, that can `import pika`',
};

/** Debian's packages for each requirement. */
export const debianPackages: Readonly<Record<Requirement, readonly string[]>> = {
  zookeeper: ['zookeeper', 'default-jre-headless'],
  rabbitmq: ['rabbitmq-server'],
  haproxy: ['haproxy', 'wget'],
  compose: ['docker-compose'],
  pika: ['python3-pika'],
};

/** An error that names what was not found and every way to provide it. */
export function missing(requirements: readonly Requirement[]): Error {
  const packages = requirements.flatMap((requirement) => debianPackages[requirement]).join(' ');
  return new Error(
    [
      'The tests run against real servers, and these were not found on this machine:',
      ...requirements.map((requirement) => `  - ${whereFrom[requirement]}`),
      `On Debian or Ubuntu: apt-get install --no-install-recommends ${packages}`,
      '(`npm test` does that by itself when it runs as root).',
      'On macOS: brew install zookeeper rabbitmq haproxy wget docker-compose && python3 -m pip install pika',
      'The unit tests need none of it: npm run unit',
    ].join('\n'),
  );
}
