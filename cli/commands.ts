/** All commands, in the order in which the help lists them. */
import type { Command } from './command.ts';
import { connectCommand } from './connect.ts';
import { drainCommand } from './drain.ts';
import { gatewayCommand } from './gateway.ts';
import { healthCommand } from './health.ts';
import { publishCommand } from './publish.ts';
import { simulateCommand } from './simulate/command.ts';
import { statusCommand } from './status.ts';
import { tokenCommand } from './token.ts';
import { upCommand } from './up.ts';
import { whereCommand } from './where.ts';
import { workerCommand } from './worker.ts';

export const commands: readonly Command[] = [
  upCommand,
  gatewayCommand,
  workerCommand,
  healthCommand,
  statusCommand,
  whereCommand,
  drainCommand,
  publishCommand,
  connectCommand,
  tokenCommand,
  simulateCommand,
];
