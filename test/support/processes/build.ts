/**
 * The `ringway` command as it is shipped: compiled once for all tests of this process. Started
 * from the source, each of a dozen processes would compile it anew and take three times as long.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../../..');
/** Inside the package, so that its dependencies and its package.json are found from there. */
const folder = join(root, '.tmp', `build-${process.pid}`);

let built: string | undefined;

/** The path of the compiled `main.js`. */
export function builtCommand(): string {
  if (built !== undefined) return built;
  const compiler = createRequire(import.meta.url).resolve('typescript/package.json');
  const tsc = join(compiler, '../bin/tsc');
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const args = [tsc, '-p', 'tsconfig.build.json', '--outDir', folder, '--incremental', 'false'];
  const command = join(folder, 'cli/main.js');
  try {
    execFileSync(process.execPath, args, { cwd: root, stdio: 'pipe' });
  } catch (error) {
    // It compiles in spite of wrong types, which are for `npm run types` to find.
    if (!existsSync(command)) throw error;
  }
  built = command;
  return built;
}
