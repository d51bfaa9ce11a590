/**
 * ZooKeeper's failures as coordinator errors, each naming the option or variable to look at.
 */
import { CoordinatorError } from './coordinator.ts';
import { isServerError, ServerError, serverCodes } from './zookeeper-errors.ts';

export function unavailable(servers: string, reason: string, cause?: unknown): CoordinatorError {
  return new CoordinatorError(
    'coordinator.unavailable',
    `no answer from ZooKeeper at ${servers} (--zookeeper): ${reason}`,
    { retryable: true, cause },
  );
}

export function noConfig(path: string): CoordinatorError {
  return new CoordinatorError('coordinator.no_config', `no cluster is configured at ${path}`, {
    retryable: true,
  });
}

export function denied(path: string, what: string, cause?: unknown): CoordinatorError {
  return new CoordinatorError(
    'coordinator.denied',
    `${what} for ${path}: RINGWAY_SECRET differs from the one that this cluster was made with, ` +
      'or strangers made the node',
    { cause },
  );
}

export function authenticationRefused(err: number): CoordinatorError {
  return new CoordinatorError(
    'coordinator.denied',
    `ZooKeeper refused the digest credentials made of RINGWAY_SECRET (error ${err}): ` +
      'its servers must accept the authentication scheme "digest"',
  );
}

export function timeoutRefused(askedMs: number, grantedMs: number): CoordinatorError {
  return new CoordinatorError(
    'coordinator.session_timeout',
    `ZooKeeper granted a session timeout of ${grantedMs} ms, not --session-timeout-ms ${askedMs}: ` +
      'its servers allow 2 to 20 times their tickTime (or min/maxSessionTimeout)',
  );
}

export function tooLarge(what: string, bytes: number, bytesMax: number): CoordinatorError {
  return new CoordinatorError(
    'coordinator.too_large',
    `${what} has ${bytes} bytes, over ${bytesMax}: ZooKeeper's jute.maxbuffer would refuse it`,
  );
}

/** Whatever a call to ZooKeeper threw, as the coordinator's callers know it; bugs stay bugs. */
export function translated(error: unknown): unknown {
  if (!(error instanceof ServerError)) return error;
  const { message, where } = error;
  // A node of ours is missing: `configure` makes it.
  if (isServerError(error, serverCodes.noNode)) return noConfig(where);
  if (isServerError(error, serverCodes.noAuth)) return denied(where, 'no permission', error);
  return new CoordinatorError('coordinator.unavailable', `ZooKeeper failed: ${message}`, {
    retryable: true,
    cause: error,
  });
}
