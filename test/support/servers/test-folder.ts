/**
 * The folder of everything that servers of this test process own, and the watchdog that empties it.
 * Each server process has its own subfolder with a `<name>.pid` file while it runs. The watchdog is
 * a shell that reads a pipe held open by this process alone: however this process ends, also by
 * SIGKILL, the pipe closes, and the shell kills what still runs, unmounts, and deletes the folder.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Waits for the end of the pipe, then kills each process group named in `<root>/<server>/*.pid`. */
const watchdogScript = `
  cat > /dev/null
  for file in "$0"/*/*.pid; do
    if [ -f "$file" ]; then kill -s KILL -- "-$(cat "$file")"; fi
  done
  for disk in "$0"/*/data; do umount -l "$disk" 2> /dev/null; done
  rm -rf -- "$0" || { sleep 1; rm -rf -- "$0"; }
`;

let root: string | undefined;
let foldersMade = 0;

/** Makes an empty folder for one server; it is gone, at the latest, when this process is. */
export function makeServerFolder(name: string): string {
  root ??= makeWatchedRoot();
  foldersMade += 1;
  const folder = join(root, `${name}-${foldersMade}`);
  mkdirSync(folder);
  return folder;
}

function makeWatchedRoot(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ringway-test-'));
  const watchdog = spawn('sh', ['-c', watchdogScript, folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
  });
  watchdog.unref();
  (watchdog.stdin as Socket).unref();
  return folder;
}
