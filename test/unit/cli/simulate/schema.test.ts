/** docs/schemas/simulation.v1.json against what `ringway simulate --json` prints. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { reportSchema } from '../../../../cli/simulate/report.ts';
import { SimulateStage } from '../../../support/cli/simulate-stage.ts';
import { schemaProblems } from '../../../support/json-schema.ts';

const root = join(import.meta.dirname, '../../../..');
const path = 'docs/schemas/simulation.v1.json';
const schema = JSON.parse(readFileSync(join(root, path), 'utf8'));

const everything = [
  ...['--workers', '6', '--weights', 'w-2=2', '--zones', 'a,b', '--synthetic', '1000'],
  ...['--zipf', '1.1', '--show-ids', '--any-one', '--any-two', '--add', '1', '--remove', 'w-3'],
  ...['--crash', 'w-1', '--weight', 'w-2=1', '--zone-loss', 'b'],
  ...[
    '--autoscale',
    '3..4',
    '--rolling-deploy',
    '--compare',
    '--schemes',
    '--explain',
    'user:alice',
    '--verify',
  ],
  ...['--optimize', 'balance', '--max-moved', '1%', '--max-imbalance', '1.01'],
];

describe('the schema of the simulator’s report', function () {
  this.timeout(20_000);
  let stage: SimulateStage;
  before(() => {
    stage = new SimulateStage();
  });
  after(() => stage.close());

  const cases: readonly (readonly [what: string, args: readonly string[]])[] = [
    ['of everything at once', everything],
    ['of slots alone, with nothing happening', ['--workers', '1']],
    ['of one step', ['--workers', '3', '--synthetic', '100', '--add', '1']],
  ];
  for (const [what, args] of cases) {
    it(`describes a report ${what}, field by field`, async () => {
      expect(schemaProblems(schema, await stage.report(args))).to.deep.equal([]);
    });
  }

  it('describes a round and newcomers of a scenario file, and users from a log', async () => {
    const scenario = stage.file(
      'scenario.yaml',
      '- kind: round\n  changes:\n    - {kind: add, count: 2, weight: 0.5, zone: c}\n' +
        '    - {kind: join, members: [{id: x-1, weight: 1, capacity: 2}]}\n- {kind: rolling-deploy, atOnce: 2}\n',
    );
    const log = stage.file('log', 'user=a\nuser=b\nnobody\nuser=a\n');
    const args = ['--workers', '3', '--scenario', scenario, '--users', log];
    const report = await stage.report([...args, '--pattern', 'user=(?<user>.+)']);
    expect(report.asked.users).to.include({ from: 'log', lines: 4, matched: 3, repeated: 1 });
    expect(schemaProblems(schema, report)).to.deep.equal([]);
  });

  it('has the version that reports carry', () => {
    expect(schema.properties.schema.const).to.equal(reportSchema);
  });

  it('notices what is missing, strange, or of another type', async () => {
    const report = await stage.report(['--workers', '2', '--add', '1']);
    const { headline: _, ...beheaded } = report;
    const broken = {
      ...beheaded,
      isOk: 'yes',
      extra: 1,
      placement: { ...report.placement, after: [1] },
    };
    expect(schemaProblems(schema, broken)).to.have.members([
      '$: headline is missing',
      '$.isOk: "yes" is no boolean',
      '$: extra is not in the schema',
      '$.placement.after: < 16384 items',
    ]);
  });
});
