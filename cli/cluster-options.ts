/**
 * The options that every process of a cluster has: where ZooKeeper and RabbitMQ are, what must be
 * the same everywhere, and the secret that all of them share.
 */
import { ConfigError } from '../base/index.ts';
import { parseZooKeeperOptions } from '../cluster/index.ts';
import { parseAmqpUrls } from '../events/index.ts';
import { limitSpecs } from '../worker/index.ts';
import { logLevels } from './log.ts';
import { integer, oneOf, text, toggle } from './option-kinds.ts';
import { flagOf, type Option, type Values, variableOf } from './options.ts';

export const secretLengthMin = 16;

const secret: Option<string> = {
  ...text({
    about: `Shared by all processes of the cluster, at least ${secretLengthMin} characters; no flag`,
    placeholder: '<secret>',
    fallback: '',
    fallbackText: 'none, it must be set',
    isSecret: true,
    pattern: new RegExp(`^.{${secretLengthMin},}$`, 's'),
    expected: `at least ${secretLengthMin} characters`,
  }),
  isVariableOnly: true,
  isRequired: true,
};

export const clusterOptions = {
  secret,
  zookeeper: text({
    about: 'ZooKeeper servers, with commas between; all of one ensemble',
    placeholder: '<host:port,…>',
    fallback: '127.0.0.1:2181',
  }),
  rabbitmq: text({
    about: 'RabbitMQ nodes, with commas between; prefer the variable, it holds a password',
    placeholder: '<amqp://…,…>',
    fallback: 'amqp://guest:guest@127.0.0.1:5672',
    isSecret: true,
  }),
  partitions: integer({
    about: 'Event queues; the same for all processes, and fixed once the cluster has data',
    placeholder: '<n>',
    fallback: 16,
    min: 1,
    max: 1024,
  }),
  queueType: oneOf({
    about: 'Kind of the event queues: quorum (replicated) or classic; fixed once they exist',
    placeholder: '<type>',
    fallback: 'quorum',
    choices: ['quorum', 'classic'],
  }),
  sessionTimeoutMs: integer({
    about: limitSpecs.sessionTimeoutMs.about,
    placeholder: '<ms>',
    fallback: limitSpecs.sessionTimeoutMs.standard,
    min: limitSpecs.sessionTimeoutMs.min,
    max: limitSpecs.sessionTimeoutMs.max,
  }),
  first: toggle('No older data of this cluster exists anywhere: do not wait for who may hold it'),
  logLevel: oneOf({
    about: `What to log: ${logLevels.join(', ')}; JSON lines when piped`,
    placeholder: '<level>',
    fallback: 'info',
    choices: logLevels,
  }),
};

export type ClusterValues = Values<typeof clusterOptions>;

/** What is wrong with the addresses, in the words of those who read them. */
export function addressProblems(values: ClusterValues): readonly string[] {
  const { zookeeper, secret } = values;
  // A bad secret has its own problem already.
  const anySecret = secret.padEnd(secretLengthMin, '-');
  const option = `${flagOf('rabbitmq')} (${variableOf('rabbitmq')})`;
  return [
    ...problemsOf(() => parseZooKeeperOptions({ servers: zookeeper, secret: anySecret })),
    ...problemsOf(() => parseAmqpUrls(brokersOf(values), option)),
  ];
}

/** The addresses of RabbitMQ, one by one. */
export function brokersOf({ rabbitmq }: ClusterValues): readonly string[] {
  return rabbitmq.split(',').map((url) => url.trim());
}

function problemsOf(parse: () => unknown): readonly string[] {
  try {
    parse();
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

/** Ids become znode names and virtual nodes of the ring. */
export const idPattern = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** The id that was given, else the host's name; '' when that cannot be one. */
export function idOr(given: string | undefined, hostName: string): string {
  const id = given ?? hostName.toLowerCase();
  return idPattern.test(id) ? id : '';
}

/** Why there is no id, if there is none. */
export function idProblems(given: string | undefined, hostName: string): readonly string[] {
  if (idOr(given, hostName) !== '') return [];
  const names = `${flagOf('id')} (${variableOf('id')})`;
  const host = JSON.stringify(hostName);
  return [`${names} is missing, and the host name ${host} does not match ${idPattern.source}`];
}
