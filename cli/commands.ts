/** All commands, in the order in which the help lists them. */
import type { Command } from './command.ts';
import { connectCommand } from './connect.ts';
import { drainCommand } from './drain.ts';
import { publishCommand } from './publish.ts';
import { statusCommand } from './status.ts';
import { tokenCommand } from './token.ts';
import { upCommand } from './up.ts';
import { whereCommand } from './where.ts';

export const commands: readonly Command[] = [
  upCommand,
  statusCommand,
  whereCommand,
  drainCommand,
  publishCommand,
  connectCommand,
  tokenCommand,
];
