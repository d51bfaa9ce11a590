/** All commands, in the order in which the help lists them. */
import type { Command } from './command.ts';
import { tokenCommand } from './token.ts';

export const commands: readonly Command[] = [tokenCommand];
