/** `ringway simulate` run in place, with files of its own and a cluster in memory. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, systemClock } from '../../../base/index.ts';
import { commands } from '../../../cli/commands.ts';
import { processParts } from '../../../cli/process-parts.ts';
import { run } from '../../../cli/run.ts';
import { simulateCommandOf } from '../../../cli/simulate/command.ts';
import type { SimulationReport } from '../../../cli/simulate/report.ts';
import { createMemoryZooKeeper, type MemoryZooKeeper } from '../../../cluster/index.ts';
import { fakeTerminal } from './fake-terminal.ts';

export interface Simulated {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What was shown as progress. */
  readonly progress: readonly string[];
}

export interface SimulateWishes {
  readonly env?: Readonly<Record<string, string>>;
  /** Bytes of the standard input. */
  readonly input?: Uint8Array;
  readonly columns?: number;
  readonly hasColors?: boolean;
  readonly clock?: Clock;
}

export class SimulateStage {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'ringway-simulate-'));
  readonly zooKeeper: MemoryZooKeeper = createMemoryZooKeeper({ clock: systemClock });
  isZooKeeperAway = false;

  file(name: string, content: string | Uint8Array): string {
    const path = join(this.folder, name);
    writeFileSync(path, content);
    return path;
  }

  async run(args: readonly string[], wishes: SimulateWishes = {}): Promise<Simulated> {
    const { env = {}, input = new Uint8Array(0), columns, hasColors = false, clock } = wishes;
    const progress: string[] = [];
    const terminal = {
      ...fakeTerminal(),
      ...{ columns, hasColors, progress: (line: string) => void progress.push(line) },
      bytes: (async function* () {
        yield input;
      })(),
    };
    const command = simulateCommandOf({
      ...processParts,
      ...(clock === undefined ? {} : { clock }),
      createCoordinator: () => {
        const coordinator = this.zooKeeper.connect();
        if (this.isZooKeeperAway) coordinator.cut();
        return coordinator;
      },
    });
    const all = [command, ...commands.filter(({ name }) => name !== command.name)];
    const code = await run({ args: ['simulate', ...args], env, terminal, commands: all });
    const textOf = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');
    return { code, stdout: textOf(terminal.output), stderr: textOf(terminal.errors), progress };
  }

  async report(args: readonly string[], wishes: SimulateWishes = {}): Promise<SimulationReport> {
    const { stdout, stderr } = await this.run([...args, '--json'], wishes);
    if (stdout === '') throw new Error(`no report: ${stderr}`);
    return JSON.parse(stdout);
  }

  close(): void {
    this.zooKeeper.close();
    rmSync(this.folder, { recursive: true });
  }
}
