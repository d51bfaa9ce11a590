/** All commands, in the order in which the help lists them. */
import type { Command } from './command.ts';
import { connectCommand } from './connect.ts';
import { tokenCommand } from './token.ts';

export const commands: readonly Command[] = [connectCommand, tokenCommand];
