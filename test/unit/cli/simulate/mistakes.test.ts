/** Every mistake gets one clear line and exit code 2, and nothing is printed as if it were an answer. */
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { exitCodes } from '../../../../cli/command.ts';
import { lineLengthMax } from '../../../../cli/simulate/text-file.ts';
import { LogReader } from '../../../../cli/simulate/users-log.ts';
import { SimulateStage } from '../../../support/cli/simulate-stage.ts';
import { createFakeClock } from '../../../support/fake-clock.ts';

const secret = { RINGWAY_SECRET: 'a secret of many letters' };

describe('mistakes of ringway simulate', function () {
  this.timeout(10_000);
  let stage: SimulateStage;
  before(() => {
    stage = new SimulateStage();
  });
  after(() => stage.close());

  const three = ['--workers', '3'];
  const flags: readonly (readonly [what: string, args: readonly string[], said: string])[] = [
    ['no ring', [], 'which ring? give --workers, --ring or --zookeeper'],
    ['two rings', [...three, '--ring', 'x'], 'give one of --workers, --ring or --zookeeper'],
    ['an unknown worker', [...three, '--remove', 'w-9'], 'member "w-9" is not on the ring'],
    [
      'a worker who is gone',
      [...three, '--crash', 'w-1', '--remove', 'w-1'],
      'member "w-1" is not',
    ],
    ['an unknown zone', [...three, '--zones', 'a,b', '--zone-loss', 'c'], 'zone "c" has no member'],
    [
      'a negative weight',
      [...three, '--weights', 'w-1=-1'],
      'weight -1 of member w-1 is not above 0',
    ],
    ['a weight of zero', [...three, '--weight', 'w-1=0'], 'weight 0 of member w-1 is not above 0'],
    ['a weight for nobody', [...three, '--weights', 'w-7=2'], '--weights: "w-7" is not a worker'],
    ['a zone for nobody', [...three, '--zones', 'w-7=a'], '--zones: "w-7" is not a worker'],
    ['a worker twice', ['--workers', 'w-1,w-2,w-1'], 'member w-1 is there twice'],
    ['a weight twice', [...three, '--weights', 'w-1=1,w-1=2'], 'must be about each worker once'],
    ['a bad id', ['--workers', 'W_1'], 'member id "W_1" does not match'],
    ['too many workers', ['--workers', '5000'], 'must be a number of workers from 1 to 4096'],
    ['no worker', ['--workers', '0'], 'must be a number of workers from 1 to 4096'],
    ['an emptied ring', [...three, '--remove', 'w-1,w-2,w-3'], 'would leave no member'],
    ['any two of two', ['--workers', '2', '--any-two'], 'any-two of 2 would leave no member'],
    ['a zone that is all', [...three, '--zones', 'a', '--zone-loss', 'a'], 'would leave no member'],
    ['a range that is none', [...three, '--autoscale', '3-5'], "a range such as '10..20 by 2'"],
    ['a share over 100 %', [...three, '--max-moved', '120%'], 'a share such as 3% or 0.03'],
    ['a share without a unit', [...three, '--max-moved', '25'], 'a share such as 3% or 0.03'],
    ['imbalance below 1', [...three, '--max-imbalance', '0.9'], 'a number from 1 up'],
    ['two kinds of users', [...three, '--users', '-', '--synthetic', '5'], 'not both'],
    ['a pattern without a log', [...three, '--pattern', '(?<user>a)'], '--pattern reads the log'],
    ['a pattern without a user', [...three, '--users', '-', '--pattern', 'a+'], 'group named user'],
    ['a broken pattern', [...three, '--users', '-', '--pattern', '(?<user>a'], 'group named user'],
    ['zipf of nobody', [...three, '--zipf', '1'], '--zipf goes with --synthetic'],
    ['a comparison of nobody', [...three, '--compare'], '--compare needs --users or --synthetic'],
    ['a measure of nobody', [...three, '--measure', 'users'], 'needs --users or --synthetic'],
    ['an unknown strategy', [...three, '--strategies', 'ringway,x'], 'of ringway, hashring,'],
    ['two formats', [...three, '--json', '--csv'], 'give --json or --csv, not both'],
    ['a plan that is not asked for', [...three, '-o', 'x'], 'go with `ringway simulate plan`'],
    ['a plan for nothing', ['plan', ...three, '-o', 'x'], 'a plan needs at least one step'],
    ['a plan without a file', ['plan', ...three, '--add', '1'], '-o writes a plan, --check checks'],
    [
      'a check with steps',
      ['plan', ...three, '--check', 'x', '--add', '1'],
      'leave the scenario out',
    ],
    ['an unknown option', [...three, '--ad', '1'], '--ad is not an option of this command'],
    ['a stray word', [...three, 'plans'], 'unexpected argument "plans"'],
    ['no user at all', [...three, '--users', '-'], 'the standard input has no user'],
    [
      'a file that is not there',
      [...three, '--users', '/nowhere/x.csv'],
      'there is no such file or folder',
    ],
    ['a folder', [...three, '--users', '/'], 'it is a folder'],
    ['a ring file that is not there', ['--ring', '/nowhere/x'], 'there is no such file'],
  ];
  for (const [what, args, said] of flags) {
    it(`name ${what}`, async () => {
      const { code, stdout, stderr } = await stage.run(args);
      expect(stderr).to.include(said);
      expect(
        stderr.split('\n').filter((line) => line.startsWith('ringway simulate:')),
      ).to.have.length(1);
      expect(stdout).to.equal('');
      expect(code).to.equal(exitCodes.misused);
    });
  }

  const zip = gzipSync('alice\nbob\n'.repeat(1000));
  const lists: readonly (readonly [string, string | Uint8Array, said: string])[] = [
    ['a binary file', Uint8Array.from({ length: 100 }, (_, i) => (i * 37) % 251), 'no UTF-8 text'],
    ['a file with zero bytes', 'alice\nb\0b\n', 'line 2 has a zero byte'],
    ['UTF-16', Buffer.from('alice\nbob\n', 'utf16le'), 'zero byte'],
    ['gzip cut short', zip.subarray(0, 20), 'damaged gzip: unexpected end of file'],
    ['gzip with a broken middle', zip.map((b, i) => (i > 15 ? b ^ 0x5a : b)), 'damaged gzip'],
    [
      'a line of 10 MB',
      'alice\n'.padEnd(10_000_000, 'x'),
      `longer than lineLengthMax ${lineLengthMax}`,
    ],
    ['a user without a name', 'alice,1\n,2\n', 'line 2: no user'],
    ['half a connection', 'alice,1\nbob,1.5\n', 'line 2: the field for connections is not a whole'],
    [
      'events below zero',
      'alice,1,-3\n',
      'line 1: the field for events per second is not a number',
    ],
    [
      'more connections than there can be',
      'alice,1\nbob,9999999999\n',
      'line 2: connections 9999999999',
    ],
    ['a column too many', 'alice,1,2,3\n', 'line 1: 4 fields; a header line must name them'],
    ['a quote without an end', '"alice,1\n', 'line 1: a quote that does not end'],
    ['a header alone', 'user,connections\n', 'has no user'],
    ['nothing', '', 'has no user'],
    ['empty lines', '\n\n\r\n', 'has no user'],
  ];
  for (const [what, content, said] of lists) {
    it(`name ${what}, and no user`, async () => {
      const path = stage.file('users.csv', content);
      const { code, stdout, stderr } = await stage.run([...three, '--users', path]);
      expect(stderr).to.include(path).and.to.include(said);
      expect(stderr).to.not.match(/alice|bob/);
      expect(stderr.trimEnd().split('\n')).to.have.length(1);
      expect(stdout).to.equal('');
      expect(code).to.equal(exitCodes.misused);
    });
  }

  it('name a file that is called gzip and is not', async () => {
    const path = stage.file('users.csv.gz', 'alice\n');
    const { code, stderr } = await stage.run([...three, '--users', path]);
    expect([code, stderr]).to.deep.equal([
      exitCodes.misused,
      `ringway simulate: ${path}: this is not gzip, whatever its name says [simulate.bad_file]\n`,
    ]);
  });

  it('name a pattern that matches nothing', async () => {
    const path = stage.file('access.log', 'GET /\nGET /\n');
    const { code, stderr } = await stage.run([
      ...three,
      '--users',
      path,
      '--pattern',
      '(?<user>u.)',
    ]);
    expect(stderr).to.include('--pattern matches none of 2 lines');
    expect(code).to.equal(exitCodes.misused);
  });

  it('stop a pattern that would take for ever', () => {
    const reader = new LogReader(/(?<user>(a+)+)$/, 'access.log', 50);
    const lines = [`${'a'.repeat(40)}b`];
    expect(() => reader.read({ lines, first: 7 }))
      .to.throw('--pattern takes longer than 50 ms for a few lines of access.log, from line 7 on')
      .with.property('code', 'simulate.slow_pattern');
  });

  const documents: readonly (readonly [string, string, string, said: string])[] = [
    ['a ring that is no list', 'ring.json', '{"nodes":[]}', 'not a list of members'],
    ['an empty ring', 'ring.json', '[]', 'not a list of members'],
    ['broken JSON', 'ring.json', '{"members":', 'no JSON'],
    ['broken YAML', 'ring.yaml', 'members: [a, b\nc: {', 'no YAML'],
    ['a field twice', 'ring.yaml', 'members: []\nmembers: []\n', 'Map keys must be unique'],
    ['YAML that grows', 'ring.yaml', growing(), 'no usable YAML'],
    [
      'an unknown field',
      'ring.yaml',
      '- {id: a, wieght: 2}',
      'has "wieght", not one of id, weight',
    ],
    ['an id that is a number', 'ring.yaml', '- {id: 7}', 'the id of member 1 is not a text'],
    ['a weight that is a text', 'ring.yaml', '- {id: a, weight: "2"}', 'the weight of a is not'],
    ['a member twice', 'ring.yaml', '[a, a]', 'member a is there twice'],
    ['a weight of zero', 'ring.yaml', '- {id: a, weight: 0}', 'weight 0 of member a'],
  ];
  for (const [what, name, content, said] of documents) {
    it(`name ${what} in a ring file`, async () => {
      const path = stage.file(name, content);
      const { code, stderr } = await stage.run(['--ring', path]);
      expect(stderr).to.include(path).and.to.include(said);
      expect(stderr.trimEnd().split('\n')).to.have.length(1);
      expect(code).to.equal(exitCodes.misused);
    });
  }

  it('name the change of a scenario file that is none', async () => {
    const path = stage.file('scenario.yaml', '- {kind: add, count: 1}\n- {kind: ad, count: 1}\n');
    const { code, stderr } = await stage.run([...three, '--scenario', path]);
    expect(stderr).to.include(`${path}: kind "ad" of change 2 is not one of add, join`);
    expect(code).to.equal(exitCodes.misused);
  });

  it('name a plan that is none', async () => {
    const path = stage.file('plan.json', '{"format":"ringway.plan","version":2}');
    const { code, stderr } = await stage.run(['plan', ...three, '--check', path]);
    expect(stderr).to.include(`${path}: version 2 is not 1`);
    expect(code).to.equal(exitCodes.misused);
  });

  for (const args of [
    ['plan', ...three, '--add', '1', '-o', '/nowhere/out'],
    [...three, '--html', '/nowhere/out'],
  ]) {
    it(`name a file that cannot be written: ${args.at(-2)}`, async () => {
      const { code, stdout, stderr } = await stage.run(args);
      expect(stderr).to.equal(
        'ringway simulate: /nowhere/out: there is no such file or folder [simulate.not_written]\n',
      );
      expect(stdout).to.equal('');
      expect(code).to.equal(exitCodes.misused);
    });
  }

  describe('about the live cluster', () => {
    const live = ['--zookeeper', 'zk-1:2181'];

    it('name the missing secret', async () => {
      const { code, stderr } = await stage.run(live);
      expect(stderr).to.equal(
        'ringway simulate: --zookeeper zk-1:2181: RINGWAY_SECRET is not set [simulate.no_live_ring]\n',
      );
      expect(code).to.equal(exitCodes.misused);
    });

    it('name a secret that is too short', async () => {
      const { code, stderr } = await stage.run(live, { env: { RINGWAY_SECRET: 'short' } });
      expect(stderr).to.include('RINGWAY_SECRET has fewer than 16 characters');
      expect(stderr).to.not.include('short ');
      expect(code).to.equal(exitCodes.misused);
    });

    it('name servers that do not answer in time', async () => {
      const clock = createFakeClock();
      stage.isZooKeeperAway = true;
      const running = stage.run(live, { env: secret, clock });
      await clock.run(30_000);
      const { code, stderr } = await running;
      stage.isZooKeeperAway = false;
      expect(stderr).to.equal(
        'ringway simulate: --zookeeper zk-1:2181: no answer within 5000 ms [simulate.no_live_ring]\n',
      );
      expect(code).to.equal(exitCodes.misused);
      expect(clock.timers).to.equal(0);
    });

    it('name servers that know of no cluster', async () => {
      const { code, stderr } = await stage.run(live, { env: secret });
      expect(stderr).to.include('--zookeeper zk-1:2181: ');
      expect(stderr).to.include('no cluster');
      expect(code).to.equal(exitCodes.misused);
    });
  });
});

/** A few lines of aliases that stand for thousands of millions of members. */
function growing(): string {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
  for (let i = 1; i < 10; i += 1) {
    lines.push(`a${i}: &a${i} [${Array.from({ length: 9 }, () => `*a${i - 1}`).join(', ')}]`);
  }
  return `${lines.join('\n')}\nmembers: *a9\n`;
}
