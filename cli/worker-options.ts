/** The options of `ringway worker`. */
import { isLoopback } from '../base/index.ts';
import { gatewayOptionSpecs } from '../gateway/index.ts';
import { weightMax } from '../ring/index.ts';
import { builtInApplications } from '../worker/index.ts';
import { addressProblems, clusterOptions, idPattern, idProblems } from './cluster-options.ts';
import { decimal, hostPort, optionalText, port, reachable, text } from './option-kinds.ts';
import { flagOf, type Values, variableOf } from './options.ts';
import { limitOptions, limitProblemsByFlag, limitsGiven } from './part-options.ts';

/** Of admin ports, a gateway's and a worker's. */
export const adminTokenLengthMin = 16;

const everyday = {
  id: optionalText({
    about: 'Name of this worker, unique in the cluster; keep it over restarts',
    placeholder: '<id>',
    fallbackText: 'the host name',
    pattern: idPattern,
    expected: 'lower-case letters, digits and -, at most 63, not beginning with -',
  }),
  app: text({
    about: `Application: ${[...builtInApplications.keys()].join(', ')}, or a file that exports one`,
    placeholder: '<name or file>',
    fallback: 'forward',
  }),
  weight: decimal({
    about: 'Relative capacity: twice the weight, twice the users',
    placeholder: '<n>',
    fallback: 1,
    min: 0.01,
    max: weightMax,
  }),
  listen: hostPort({
    about: 'Where gateways and other workers connect; 0 = any free port',
    placeholder: '<host:port>',
    fallback: { host: '127.0.0.1', port: 0 },
  }),
  advertise: reachable(
    'At which address they reach it, if not the one it listens at',
    'the listening one; the host name for 0.0.0.0 and ::',
  ),
  adminHost: text({
    about: 'Address of health and metrics; anything but loopback needs RINGWAY_ADMIN_TOKEN',
    placeholder: '<address>',
    fallback: '127.0.0.1',
  }),
  adminPort: port(8081, 'Port for health and metrics; 0 = any free one'),
  adminToken: optionalText({
    about: gatewayOptionSpecs.adminToken.about,
    placeholder: '<secret>',
    fallbackText: 'none',
    isSecret: true,
    pattern: new RegExp(`^.{${adminTokenLengthMin},}$`, 's'),
    expected: `at least ${adminTokenLengthMin} characters`,
  }),
  ...clusterOptions,
};

/** Typed as the everyday ones; the others are read by `workerLimitsOf`. */
export const workerOptions: typeof everyday = {
  // Twice: first in the help, and not replaced by the limit of the same name.
  ...everyday,
  ...limitOptions('Limits'),
  ...everyday,
};

export type WorkerValues = Values<typeof everyday>;

export const workerLimitsOf = limitsGiven;

/** What must hold between the values, and with the host; by their flags. */
export function workerProblems(values: WorkerValues, hostName: string): readonly string[] {
  const problems = [
    ...idProblems(values.id, hostName),
    ...addressProblems(values),
    ...limitProblemsByFlag(limitsGiven(values)),
  ];
  if (!isLoopback(values.adminHost) && values.adminToken === undefined) {
    const names = `${flagOf('adminHost')} (${variableOf('adminHost')})`;
    const token = variableOf('adminToken');
    problems.push(`${names}: ${values.adminHost} is not loopback: set ${token}`);
  }
  return problems;
}
