/**
 * Makes a cluster's nodes where they are missing, and looks at their access lists: every node
 * from `/ringway` down has exactly one entry, all rights for who knows RINGWAY_SECRET.
 */

import { decodeConfig, encodeConfig } from './config-codec.ts';
import { type ClusterConfig, CoordinatorError } from './coordinator.ts';
import type { Credentials } from './credentials.ts';
import { emptyTable } from './table.ts';
import { encodeTable } from './table-codec.ts';
import { isServerError, ServerError, serverCodes } from './zookeeper-errors.ts';
import { folderNames, type Paths } from './zookeeper-paths.ts';
import { denied, noConfig } from './zookeeper-refusals.ts';
import type { ZooKeeperSession } from './zookeeper-session.ts';
import type { Access } from './zookeeper-wire.ts';

export interface Setup {
  /** The config that there is, made from `wanted` if there is none. */
  configure(wanted: ClusterConfig): Promise<ClusterConfig>;
  /** @throws CoordinatorError `coordinator.denied` naming the first node of somebody else */
  checkAccess(): Promise<void>;
}

const everybody: Access = { scheme: 'world', id: 'anyone', isFull: true };

export function createSetup(
  session: ZooKeeperSession,
  paths: Paths,
  { access }: Credentials,
): Setup {
  const folders = folderNames.map((folder) => paths.folders[folder]);

  /** Asked first: who may not create beside a node may still use it. */
  const ensure = async (path: string, wanted: Access): Promise<void> => {
    if ((await session.call((zk) => zk.exists(path))) !== undefined) return;
    await session.call((zk) => zk.create(path, wanted)).catch(unless(serverCodes.nodeExists));
  };
  const checkOne = async (path: string): Promise<void> => {
    const list = await session.call((zk) => zk.getAccess(path)).catch(unless(serverCodes.noNode));
    if (list === undefined) return;
    const [only, ...others] = list;
    const isOurs = only?.scheme === access.scheme && only.id === access.id && only.isFull;
    if (!isOurs || others.length > 0) throw denied(path, `an access list of ${textOf(list)}`);
  };
  /** Config and table in one: there is no half of a cluster. */
  const create = async (wanted: ClusterConfig): Promise<'made' | 'table exists' | 'exists'> => {
    const table = encodeTable(emptyTable(wanted.slotCount)).bytes;
    const node = { kind: 'create', isEphemeral: false, access } as const;
    const results = await session.call((zk) =>
      zk.multi([
        { ...node, path: paths.table, bytes: table },
        { ...node, path: paths.config, bytes: encodeConfig(wanted) },
      ]),
    );
    const err = results.find((result) => result.err !== 0)?.err ?? 0;
    if (err === 0) return 'made';
    if (err !== serverCodes.nodeExists) throw new ServerError(err, paths.config);
    return results[0]?.err === err ? 'table exists' : 'exists';
  };
  const find = async (): Promise<ClusterConfig | undefined> => {
    const found = await session
      .call((zk) => zk.getData(paths.config))
      .catch(unless(serverCodes.noNode));
    return found && decodeConfig(paths.config, found.bytes);
  };
  const checkAccess = async (): Promise<void> => {
    await Promise.all([paths.root, ...folders, paths.table, paths.config].map(checkOne));
  };

  return {
    checkAccess,
    async configure(wanted) {
      for (const path of paths.chroots) await ensure(path, everybody);
      await ensure(paths.root, access);
      await checkOne(paths.root);
      await Promise.all(folders.map((path) => ensure(path, access)));
      await checkAccess();
      const before = await find();
      if (before !== undefined) return before;
      const outcome = await create(wanted);
      await checkAccess();
      const found = await find();
      if (found !== undefined) return found;
      // Else somebody removes everything while we make it.
      throw outcome === 'table exists' ? tableAlone(paths) : noConfig(paths.config);
    },
  };
}

function tableAlone({ table, config }: Paths): CoordinatorError {
  return new CoordinatorError(
    'coordinator.bad_config',
    `${table} exists without ${config}: somebody removed one of two nodes that belong together`,
  );
}

/** This error is an answer, too. */
function unless(code: number): (error: unknown) => undefined {
  return (error) => {
    if (!isServerError(error, code)) throw error;
    return undefined;
  };
}

function textOf(list: readonly Access[]): string {
  return list
    .map(({ scheme, id, isFull }) => `${scheme}:${id}:${isFull ? 'all' : 'some'} rights`)
    .join(', ');
}
