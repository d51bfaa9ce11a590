/** Error codes of ZooKeeper's servers, those that the client package does not know included. */
export const serverCodes = {
  systemError: -1,
  runtimeInconsistency: -2,
  connectionLoss: -4,
  noNode: -101,
  noAuth: -102,
  badVersion: -103,
  nodeExists: -110,
  sessionExpired: -112,
  invalidAcl: -114,
  authFailed: -115,
  sessionMoved: -118,
} as const;

/** All that the package knows; it throws for any other. */
const parserCodes: ReadonlySet<number> = new Set([
  ...[0, -1, -2, -3, -4, -5, -6, -7, -8],
  ...[-100, -101, -102, -103, -108, -110, -111, -112, -113, -114, -115],
]);

const names: Readonly<Record<number, string>> = {
  [-1]: 'system error',
  [-2]: 'runtime inconsistency',
  [-4]: 'connection loss',
  [-5]: 'marshalling error',
  [-101]: 'no such node',
  [-102]: 'no permission',
  [-103]: 'wrong version',
  [-110]: 'the node exists',
  [-112]: 'session expired',
  [-114]: 'invalid access list',
  [-115]: 'authentication failed',
  [-118]: 'session moved',
  [-119]: 'the server is read-only',
  [-124]: 'the server insists on SASL authentication',
  [-125]: 'quota exceeded',
  [-127]: 'the server throttles',
};

/** An operation failed: the server said so, or (-4) there was no answer. */
export class ServerError extends Error {
  override readonly name = 'ServerError';
  readonly serverCode: number;
  /** Path, or what else was asked for. */
  readonly where: string;

  constructor(serverCode: number, where: string) {
    super(`${where}: error ${serverCode} (${names[serverCode] ?? 'of an unknown kind'})`);
    this.serverCode = serverCode;
    this.where = where;
  }
}

export function isServerError(error: unknown, code: number): error is ServerError {
  return error instanceof ServerError && error.serverCode === code;
}

export function isKnownToParser(serverCode: number): boolean {
  return parserCodes.has(serverCode);
}
