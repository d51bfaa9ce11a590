/** docs/simulator.md and the help of `ringway simulate` against the command itself. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { flagOf, parseOptions } from '../../../cli/options.ts';
import { contradictions } from '../../../cli/simulate/contradictions.ts';
import { helpLines } from '../../../cli/simulate/help.ts';
import { autoscaleJoined } from '../../../cli/simulate/option-kinds.ts';
import { simulateOptions } from '../../../cli/simulate/options.ts';
import { lineLengthMax } from '../../../cli/simulate/text-file.ts';
import { SimulateStage } from '../../support/cli/simulate-stage.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/simulator.md'), 'utf8');

/** Words of a shell command, without `ringway simulate` and what stands before it. */
function wordsOf(line: string): readonly string[] {
  const [, rest = ''] = /ringway simulate(?: (.*))?$/.exec(line) ?? [];
  return [...rest.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}

/** Commands with the output that the page shows; `…` stands for lines left out. */
function examplesIn(text: string): readonly (readonly [command: string, shown: string])[] {
  const blocks = [...text.matchAll(/^```console\n\$ (.*)\n([\s\S]*?)^```$/gm)];
  return blocks.map(([, command = '', shown = '']) => [command, shown]);
}

/** Whether `output` has the pieces of `shown` one after the other, and nothing else where none is left out. */
function isShown(output: string, shown: string): boolean {
  const pieces = shown.split(/^…\n/m);
  let at = 0;
  for (const [i, piece] of pieces.entries()) {
    const found = output.indexOf(piece, at);
    if (found === -1 || (i === 0 && found !== 0)) return false;
    at = found + piece.length;
  }
  return pieces.at(-1) === '' || at === output.length;
}

describe('docs/simulator.md', function () {
  this.timeout(20_000);
  let stage: SimulateStage;
  before(() => {
    stage = new SimulateStage();
  });
  after(() => stage.close());

  const examples = examplesIn(page);

  for (const [command, shown] of examples) {
    it(`shows what comes out of ${command.slice(0, 80)}`, async () => {
      const { stdout } = await stage.run(wordsOf(command));
      expect(isShown(stdout, shown), stdout).to.equal(true);
    });
  }

  it('has examples, and would notice a line that is not there', () => {
    expect(examples).to.have.length.greaterThan(4);
    expect(isShown('a\nb\nc\n', 'a\n…\nc\n')).to.equal(true);
    expect(isShown('a\nb\nc\n', 'b\n…\n')).to.equal(false);
    expect(isShown('a\nb\nc\n', 'a\n…\nd\n')).to.equal(false);
    expect(isShown('a\nb\nc\n', 'a\nb\n')).to.equal(false);
  });

  it('names only flags that there are, and the bound of a line', () => {
    const known = Object.keys(simulateOptions).map(flagOf);
    const named = [...page.matchAll(/`[^`\n]*`/g)].flatMap(
      ([code]) => code.match(/--[a-z-]+/g) ?? [],
    );
    expect(new Set(named).size).to.be.greaterThan(20);
    expect(
      [...new Set(named)].filter((flag) => ![...known, '--help'].includes(flag)),
    ).to.deep.equal([]);
    expect(page).to.include(`line over ${lineLengthMax.toLocaleString('en')} characters`);
  });

  it('teaches scenario files that can be read', async () => {
    const [, yaml = ''] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];
    const scenario = stage.file('scenario.yaml', yaml);
    const { simulation } = await stage.report(['--workers', '3', '--scenario', scenario]);
    expect(simulation.steps.length).to.be.greaterThan(3);
  });
});

describe('the examples of ringway simulate --help', () => {
  const lines = helpLines.join('\n').replaceAll(' \\\n', ' ').split('\n');
  const commands = lines.filter((line) => /^ +(RINGWAY_SECRET=… )?ringway simulate/.test(line));

  it('are many', () => {
    expect(commands).to.have.length.greaterThan(10);
  });

  for (const line of commands) {
    it(`can be given: ${line.trim()}`, () => {
      const args = autoscaleJoined(wordsOf(line));
      const command = {
        options: simulateOptions,
        words: [],
        optionalWords: ['plan'],
        args,
        env: {},
      };
      const { values, words } = parseOptions(command);
      expect(contradictions(values, words.includes('plan'))).to.deep.equal([]);
    });
  }
});
