/** The benchmark of the second copy's price runs, and its figures can be. How fast, nobody asks. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { before, describe, it } from 'mocha';

const root = join(import.meta.dirname, '../../..');

interface Compared {
  readonly title: string;
  readonly sides: readonly string[];
  readonly rounds: readonly (readonly Readonly<Record<string, number>>[])[];
}

interface Result {
  readonly bench: string;
  readonly command: string;
  readonly machine: { readonly cores: number };
  readonly versions: Readonly<Record<string, string>>;
  readonly compared: readonly Compared[];
}

const short = ['price', '--rounds', '1', '--seconds', '1', '--users', '40', '--workers', '2'];

async function bench(...args: readonly string[]) {
  const all = ['--import', 'tsx', 'bench/main.ts', ...args];
  return promisify(execFile)(process.execPath, all, { cwd: root });
}

describe('npm run bench', function () {
  this.timeout(60_000);

  it('lists what there is', async () => {
    const { stdout } = await bench();
    expect(stdout)
      .to.match(/^price +\S/m)
      .and.to.include('--rounds <n>');
  });

  it('refuses what there is not', async () => {
    const refused = await bench('prize').catch((error: { stderr: string }) => error);
    expect(refused.stderr).to.include('no benchmark "prize"; there are: price');
  });
});

describe('npm run bench -- price', function () {
  this.timeout(300_000);
  let result: Result;

  before(async () => {
    const { stdout } = await bench(...short, '--json');
    result = JSON.parse(stdout) as Result;
  });

  it('says what was measured, with what and on what', () => {
    expect(result).to.include({ bench: 'price' });
    expect(result.command).to.equal(`npm run bench -- ${short.join(' ')} --json`);
    expect(result.machine.cores).to.be.greaterThan(0);
    expect(result.versions).to.have.all.keys('rabbitmq', 'zookeeper');
  });

  it('compares one copy with two for events, and with volatile messages, too', () => {
    const sides = result.compared.map(({ title, sides: names }) => [title.split(',')[0], ...names]);
    const events = ['events', 'one copy', 'two copies'];
    const messages = ['messages', 'one copy', 'two copies', 'volatile'];
    expect(sides).to.deep.equal([events, events, messages, messages]);
  });

  it('counts events, CPU of every kind of process, and latencies that can be', () => {
    for (const { title, rounds } of result.compared) {
      for (const sample of rounds.flat()) {
        for (const [metric, value] of Object.entries(sample)) {
          expect(value, `${title}: ${metric}`).to.be.a('number').and.at.least(0);
        }
        expect(sample['per second'], title).to.be.greaterThan(0);
        expect(sample['latency p50 ms'], title).to.be.at.most(sample['latency p99 ms'] ?? 0);
        const ringway = sample['CPU µs each, ringway'] ?? 0;
        const parts = ['gateway', 'owner', 'copy'].map((kind) => sample[`CPU µs each, ${kind}`]);
        const sum = parts.reduce<number>((all, part) => all + (part ?? Number.NaN), 0);
        expect(ringway, title).to.be.closeTo(sum, 0.01).and.to.be.greaterThan(0);
        // An event takes some time of somebody, and not a second.
        expect(ringway, title).to.be.within(1, 1e6);
      }
    }
  });
});
