/** The cluster's config as bytes: JSON with exactly the fields of `ClusterConfig`. */
import { type ClusterConfig, CoordinatorError } from './coordinator.ts';

const configBytesMax = 4096;

export function encodeConfig({ version, partitions, slotCount, cluster, first }: ClusterConfig) {
  return Buffer.from(JSON.stringify({ version, partitions, slotCount, cluster, first }));
}

/** @throws CoordinatorError `coordinator.bad_config` */
export function decodeConfig(path: string, bytes: Buffer): ClusterConfig {
  if (bytes.length > configBytesMax) throw badConfig(path, `it has ${bytes.length} bytes`);
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString());
  } catch (cause) {
    throw badConfig(path, 'it is not JSON', cause);
  }
  const fields: Readonly<Record<string, unknown>> = Object.fromEntries(Object.entries(value ?? {}));
  const problems = Object.entries(checks)
    .filter(([name, isRight]) => !isRight(fields[name]))
    .map(([name]) => `${name} is ${JSON.stringify(fields[name])}`);
  problems.push(
    ...Object.keys(fields)
      .filter((name) => !Object.hasOwn(checks, name))
      .map((name) => `${name} is unknown`),
  );
  if (problems.length > 0) throw badConfig(path, problems.join(', '));
  return fields as unknown as ClusterConfig;
}

const checks: Readonly<Record<string, (field: unknown) => boolean>> = {
  version: (field) => field === 1,
  partitions: (field) => isCount(field, 65_536),
  slotCount: (field) => isCount(field, 1_048_576),
  cluster: (field) => typeof field === 'string' && /^[\w-]{1,64}$/.test(field),
  first: (field) => typeof field === 'boolean',
};

function isCount(field: unknown, max: number): boolean {
  return typeof field === 'number' && Number.isInteger(field) && field >= 1 && field <= max;
}

function badConfig(path: string, what: string, cause?: unknown): CoordinatorError {
  return new CoordinatorError('coordinator.bad_config', `${path} is no config: ${what}`, { cause });
}
