/** The machine that the tests run on, as find-servers.ts looks at it. */
import { accessSync, constants, existsSync, readdirSync, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Machine } from './find-servers.ts';

/** Folders of system programs that a normal user's PATH leaves out. */
const systemFolders = ['/usr/sbin', '/sbin', '/usr/local/sbin'];

export const thisMachine: Machine = {
  variable: (name) => process.env[name],
  exists: existsSync,
  list: (folder) => (existsSync(folder) ? readdirSync(folder).sort() : []),
  onPath: (program) => {
    const folders = [...(process.env.PATH ?? '').split(delimiter), ...systemFolders];
    const found = folders.map((folder) => join(folder, program)).find(isExecutable);
    return found === undefined ? undefined : realpathSync(found);
  },
};

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
