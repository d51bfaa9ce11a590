/**
 * The live page's files, read once at start: a request can only name one of these, so there is
 * no path to traverse.
 */
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';

export interface StaticFile {
  readonly type: string;
  readonly bytes: Buffer;
}

/** By path: `/`, `/app.js`. */
export type StaticFiles = ReadonlyMap<string, StaticFile>;

const types: ReadonlyMap<string, string> = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.svg', 'image/svg+xml'],
]);

/** All files of a folder whose kind a page needs; `index.html` is `/` as well. */
export async function readStaticFiles(folder: string): Promise<StaticFiles> {
  const files = new Map<string, StaticFile>();
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const type = types.get(extname(entry.name));
    if (!entry.isFile() || type === undefined) continue;
    const file = { type, bytes: await readFile(join(folder, entry.name)) };
    files.set(`/${entry.name}`, file);
    if (entry.name === 'index.html') files.set('/', file);
  }
  return files;
}
