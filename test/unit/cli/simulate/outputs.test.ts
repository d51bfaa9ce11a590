/** What `ringway simulate` writes besides text: plans, CSV; and the same question, the same bytes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { exitCodes } from '../../../../cli/command.ts';
import { csvColumns } from '../../../../cli/simulate/csv.ts';
import { SimulateStage } from '../../../support/cli/simulate-stage.ts';

const ten = ['--workers', '10', '--synthetic', '5000'];
const five = ['--workers', '5', '--synthetic', '500'];

describe('what ringway simulate writes', function () {
  this.timeout(20_000);
  let stage: SimulateStage;
  before(() => {
    stage = new SimulateStage();
  });
  after(() => stage.close());

  describe('a plan', () => {
    const make = ['plan', '--workers', '3', '--add', '1', '--remove', 'w-2'];

    it('is written, and still current where it begins and between its steps', async () => {
      const path = join(stage.folder, 'plan.json');
      const made = await stage.run([...make, '-o', path]);
      expect([made.code, made.stderr]).to.deep.equal([exitCodes.done, `plan written to ${path}\n`]);
      expect(JSON.parse(readFileSync(path, 'utf8'))).to.include({ format: 'ringway.plan' });
      const check = (workers: string) => stage.run(['plan', '--workers', workers, '--check', path]);
      expect(await check('3')).to.include({
        code: exitCodes.done,
        stdout: 'OK: the ring is the one that was planned for (3 workers); next: add w-4\n',
      });
      expect((await check('4')).stdout).to.equal('OK: 1 of 2 steps are done; next: remove w-2\n');
    });

    it('is refused with exit code 1 when the ring is another one', async () => {
      const path = join(stage.folder, 'plan.json');
      await stage.run([...make, '-o', path]);
      const { code, stdout } = await stage.run(['plan', '--workers', 'w-1,w-9', '--check', path]);
      expect(code).to.equal(exitCodes.failed);
      expect(stdout).to.match(/^NOT OK: do not carry this plan out\n/);
      expect(stdout).to.include('planned with w-2, w-3, not there any more');
      expect(stdout).to.include('planned without w-9, there now');
      const done = await stage.run(['plan', '--workers', 'w-1,w-3,w-4', '--check', path]);
      expect(done.stdout).to.include('the cluster is where the plan ends');
      expect(done.code).to.equal(exitCodes.failed);
    });

    it('is not written when the verdict is NOT OK', async () => {
      const path = join(stage.folder, 'refused.json');
      const { code, stderr } = await stage.run([...make, '-o', path, '--max-moved', '1%']);
      expect(stderr).to.equal(`${path} is not written: a plan must be OK\n`);
      expect(code).to.equal(exitCodes.failed);
      expect(() => readFileSync(path)).to.throw('ENOENT');
    });
  });

  it('writes a page beside the text, the same bytes each time', async () => {
    const [one, two] = [join(stage.folder, 'one.html'), join(stage.folder, 'two.html')];
    const { stdout, code } = await stage.run([...five, '--add', '1', '--html', one]);
    await stage.run([...five, '--add', '1', '--html', two]);
    expect(stdout).to.match(/^OK: 5 → 6 workers/);
    expect(code).to.equal(exitCodes.done);
    expect(readFileSync(one, 'utf8')).to.match(/^<!DOCTYPE html>[\s\S]*<\/html>\n$/);
    expect(readFileSync(two, 'utf8')).to.equal(readFileSync(one, 'utf8'));
  });

  it('gives one CSV row for each step and worker, those who left included', async () => {
    const args = [...ten, '--remove', 'w-2', '--add', '1', '--csv'];
    const [head, ...rows] = (await stage.run(args)).stdout.trimEnd().split('\n');
    expect(head).to.equal(csvColumns.join(','));
    expect(rows).to.have.length(10 + 10 + 10);
    expect(rows.every((row) => row.split(',').length === csvColumns.length)).to.equal(true);
    const left = rows.find((row) => row.startsWith('1,remove w-2,planned,w-2,'))?.split(',');
    expect(left?.[csvColumns.indexOf('fate')]).to.equal('left');
    expect(Number(left?.[csvColumns.indexOf('users_out')])).to.be.greaterThan(300);
  });

  it('lets no zone become a formula of a spreadsheet', async () => {
    const ring = stage.file(
      'evil.yaml',
      '- {id: a, zone: "=1+1"}\n- {id: b, zone: "x, \\"y\\""}\n',
    );
    const { stdout } = await stage.run(['--ring', ring, '--csv']);
    expect(stdout).to.include(",a,'=1+1,").and.to.include(',b,"x, ""y""",');
  });

  for (const format of [[], ['--json'], ['--csv'], ['--details']]) {
    it(`gives the same bytes for the same question: ${format[0] ?? 'text'}`, async () => {
      const args = [...five, '--zipf', '1.1', '--seed', '7', '--add', '1', '--crash', 'w-2'];
      const sample = ['--compare', '--strategies', 'ringway,hashring,sticky'];
      const besides = ['--any-one', '--verify', '--optimize', 'balance', ...sample, ...format];
      const [one, two] = [
        await stage.run([...args, ...besides]),
        await stage.run([...args, ...besides]),
      ];
      expect(one.stdout.length).to.be.greaterThan(2000);
      expect(two.stdout).to.equal(one.stdout);
      const other = await stage.run([...args.map((arg) => (arg === '7' ? '8' : arg)), ...besides]);
      expect(other.stdout).to.not.equal(one.stdout);
    });
  }
});
