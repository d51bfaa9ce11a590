/** The text of a simulation: fits its terminal, has no colour where none is wanted. */
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import * as numbers from '../../../../cli/simulate/numbers.ts';
import { Progress } from '../../../../cli/simulate/progress.ts';
import { fakeTerminal } from '../../../support/cli/fake-terminal.ts';
import { SimulateStage } from '../../../support/cli/simulate-stage.ts';
import { createFakeClock } from '../../../support/fake-clock.ts';

const escapeCode = '\u001b';
const colour = new RegExp(`${escapeCode}\\[\\d+m`, 'g');
const question = [
  ...['--workers', '12', '--zones', 'a,b,c', '--weights', 'w-3=2', '--synthetic', '2000'],
  ...['--zipf', '1.1', '--add', '2', '--remove', 'w-2', '--crash', 'w-4', '--zone-loss', 'b'],
  ...['--any-one', '--any-two', '--explain', 'user:alice', '--verify', '--schemes'],
  ...['--optimize', 'balance', '--max-moved', '5%', '--max-imbalance', '1.1'],
  ...['--compare', '--strategies', 'ringway,hashring'],
];

describe('the text of a simulation', function () {
  this.timeout(20_000);
  let stage: SimulateStage;
  before(() => {
    stage = new SimulateStage();
  });
  after(() => stage.close());

  for (const columns of [70, 80, 120]) {
    it(`fits a terminal of ${columns} columns`, async () => {
      const { stdout } = await stage.run(question, { columns });
      const wide = stdout.split('\n').filter((line) => line.length > columns);
      expect(wide).to.deep.equal([]);
    });
  }

  it('shows more where there is more room', async () => {
    const head = async (columns: number): Promise<string> => {
      const { stdout } = await stage.run(question.slice(0, 10), { columns });
      return /^ {2}WORKER .*$/m.exec(stdout)?.[0] ?? '';
    };
    expect(await head(70)).to.not.include('VNODES');
    expect(await head(140))
      .to.include('VNODES')
      .and.to.include('OF');
  });

  it('is plain text when piped, and coloured on a terminal that wants it', async () => {
    const piped = await stage.run(question);
    const coloured = await stage.run(question, { columns: 100, hasColors: true });
    expect(piped.stdout).to.not.include(escapeCode);
    expect(coloured.stdout).to.include(`${escapeCode}[31mNOT OK${escapeCode}[0m: 12 → `);
    expect(coloured.stdout.replaceAll(colour, '').replaceAll(/ +$/gm, '')).to.equal(piped.stdout);
  });

  it('draws a bar as long as what it stands for', async () => {
    const { stdout } = await stage.run(['--workers', '2', '--weights', 'w-2=3']);
    const bars = [...stdout.matchAll(/^ {2}w-\d .*? (\d\.\d\d) {2}(█+)/gm)];
    expect(bars).to.have.length(2);
    const perBlock = bars.map(([, times = '', blocks = '']) => Number(times) / blocks.length);
    expect((perBlock[0] ?? 0) / (perBlock[1] ?? 1)).to.be.within(0.9, 1.1);
  });

  it('shows the busiest of many workers, and all of them if asked', async () => {
    const many = ['--workers', '60'];
    const short = (await stage.run(many)).stdout;
    expect(short).to.include('the busiest 24 of 60').and.to.include('… and 36 more (--details)');
    const rows = (text: string): number => [...text.matchAll(/^ {2}w-\d+ /gm)].length;
    expect(rows(short)).to.equal(24);
    expect(rows((await stage.run([...many, '--details'])).stdout)).to.equal(60);
  });

  it('shows every worker after every step with --details', async () => {
    const args = ['--workers', '3', '--add', '1', '--remove', 'w-1', '--details'];
    const { stdout } = await stage.run(args);
    expect(stdout).to.include('Workers after step 1  add w-4');
    expect(stdout).to.include('Workers after step 2  remove w-1');
  });
});

describe('the progress of a simulation', () => {
  it('is silent about what is quick, then a bar now and then, then gone', () => {
    const shown: string[] = [];
    const clock = createFakeClock();
    const terminal = { ...fakeTerminal(), progress: (line: string) => void shown.push(line) };
    const progress = new Progress(terminal, clock);
    progress.tell('reading', 1, 10);
    expect(shown).to.deep.equal([]);
    clock.advance(500);
    progress.tell('reading', 5, 10);
    progress.tell('reading', 6, 10);
    clock.advance(200);
    progress.tell('reading', 7, undefined);
    progress.end();
    expect(shown).to.deep.equal([
      `reading ${'█'.repeat(12)}${'░'.repeat(12)}  50 %`,
      'reading …',
      '',
    ]);
  });

  it('leaves nothing to take away when nothing was shown', () => {
    const shown: string[] = [];
    const terminal = { ...fakeTerminal(), progress: (line: string) => void shown.push(line) };
    new Progress(terminal, createFakeClock()).end();
    expect(shown).to.deep.equal([]);
  });
});

describe('numbers for readers', () => {
  const cases: readonly (readonly [string, string])[] = [
    [numbers.count(0), '0'],
    [numbers.count(1234567), '1,234,567'],
    [numbers.shortCount(9_999), '9,999'],
    [numbers.shortCount(99_960), '100k'],
    [numbers.shortCount(999_600), '1.0M'],
    [numbers.shortCount(12_345_678), '12.3M'],
    [numbers.percent(0), '0 %'],
    [numbers.percent(1), '100.00 %'],
    [numbers.percent(0.00005), '0.0050 %'],
    [numbers.percent(1e-9), '< 0.0001 %'],
    [numbers.duration(0), '0 s'],
    [numbers.duration(0.0001), '1 ms'],
    [numbers.duration(4.24), '4.2 s'],
    [numbers.duration(201), '3 min 21 s'],
    [numbers.duration(3 * 3600 + 61), '3 h 1 min'],
    [numbers.bytes(0), '0 B'],
    [numbers.bytes(1_234_567), '1.2 MB'],
    [numbers.plural(1, 'user'), '1 user'],
    [numbers.plural(2, 'user'), '2 users'],
  ];
  for (const [got, wanted] of cases) {
    it(`look like ${wanted}`, () => {
      expect(got).to.equal(wanted);
    });
  }
});
