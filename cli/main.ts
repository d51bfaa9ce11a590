#!/usr/bin/env node
/** The `ringway` command. The one file of cli/ that touches the process. */
import { systemClock } from '../base/index.ts';
import { commands } from './commands.ts';
import { run } from './run.ts';
import { terminalOf } from './terminal.ts';

const terminal = terminalOf({
  streams: process,
  signals: process,
  clock: systemClock,
  script: process.argv[1] ?? 'ringway',
  workingFolder: process.cwd(),
  env: process.env,
  abort: (code) => process.exit(code),
});
process.exitCode = await run({
  args: process.argv.slice(2),
  env: process.env,
  terminal,
  commands,
});
