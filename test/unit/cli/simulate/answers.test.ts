/** What `ringway simulate` answers, from the command line to the text and the exit code. */
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { exitCodes } from '../../../../cli/command.ts';
import { Load, simulate, timelineOf } from '../../../../ring/index.ts';
import { SimulateStage } from '../../../support/cli/simulate-stage.ts';

const ten = ['--workers', '10', '--synthetic', '5000'];

describe('ringway simulate', function () {
  this.timeout(20_000);
  let stage: SimulateStage;
  before(() => {
    stage = new SimulateStage();
  });
  after(() => stage.close());

  describe('the verdict', () => {
    it('comes first, and is OK with exit code 0', async () => {
      const { code, stdout, stderr } = await stage.run([...ten, '--add', '1']);
      expect(stdout).to.match(/^OK: 10 → 11 workers\. [\d,]+ of 5,000 users move \(\d+\.\d\d %\)/);
      expect(stdout.replaceAll(/\s+/g, ' ')).to.match(
        /; \d\.\d\d % of all keys\. No placement could move fewer; collateral 0\. Busiest worker \d\.\d\d → \d\.\d\d × its fair share of connections\. Takes .*, or .* at 1,000 connections\/s\./,
      );
      expect([code, stderr]).to.deep.equal([exitCodes.done, '']);
    });

    const failing: readonly (readonly [args: readonly string[], said: RegExp])[] = [
      [
        ['--max-moved', '5%'],
        /step 1 moves \d\.\d\d % of the users, more than --max-moved 5\.00 %/,
      ],
      [['--max-imbalance', '1.01'], /after step 1 the busiest worker has \d\.\d+ × its fair share/],
    ];
    for (const [args, said] of failing) {
      it(`is NOT OK with exit code 1 and a reason when ${args[0]} is not met`, async () => {
        const { code, stdout } = await stage.run([...ten, '--add', '1', ...args]);
        expect(stdout).to.match(/^NOT OK: 10 → 11/);
        expect(stdout.replaceAll(/\s+/g, ' ')).to.match(said);
        expect(code).to.equal(exitCodes.failed);
      });
    }

    it('is OK when the limits are met', async () => {
      const limits = ['--max-moved', '25%', '--max-imbalance', '1.5'];
      expect((await stage.run([...ten, '--add', '1', ...limits])).code).to.equal(exitCodes.done);
    });
  });

  it('is the answer of the engine, number by number', async () => {
    const path = stage.file('three.csv', 'user,connections\nalice,2\nbob,1\ncarol,4\n');
    const report = await stage.report(['--workers', '4', '--users', path, '--add', '2']);
    const members = [1, 2, 3, 4].map((n) => ({ id: `w-${n}`, weight: 1 }));
    const load = new Load({ sumsRepeats: true });
    load.add('alice', 2);
    load.add('bob', 1);
    load.add('carol', 4);
    const timeline = timelineOf(members, [{ kind: 'add', count: 2 }]);
    expect(report.simulation).to.deep.equal(JSON.parse(JSON.stringify(simulate(timeline, load))));
  });

  it('takes the steps in the order in which they stand on the command line', async () => {
    const args = ['--weight', 'w-1=2', '--add', '1', '--remove', 'w-2', '--any-one', '--add', '2'];
    const { asked, simulation } = await stage.report(['--workers', '4', ...args, '--crash', 'w-3']);
    expect(asked.scenario.map(({ kind }) => kind)).to.deep.equal([
      ...['weight', 'add', 'remove', 'any-one', 'add', 'crash'],
    ]);
    expect(simulation.steps.map(({ label }) => label)).to.deep.equal([
      ...['weight w-1 = 2', 'add w-5', 'remove w-2', 'add w-6, w-7', 'crash w-3'],
    ]);
    expect(simulation.surveys[0]?.afterStep).to.equal(3);
  });

  it('takes a range without quotes, as one would type it', async () => {
    const args = ['--workers', '3', '--autoscale', '3..6', 'by', '2', '--any-one'];
    const { asked } = await stage.report(args);
    expect(asked.scenario).to.deep.equal([
      { kind: 'autoscale', from: 3, to: 6, by: 2 },
      { kind: 'any-one' },
    ]);
  });

  it('takes no step from a variable that a worker reads', async () => {
    const env = { RINGWAY_WEIGHT: '2', RINGWAY_WORKERS: '7', RINGWAY_ZOOKEEPER: 'zk:2181' };
    const { code, stderr } = await stage.run(['--workers', '3'], { env });
    expect([code, stderr]).to.deep.equal([exitCodes.done, '']);
  });

  describe('users', () => {
    const rows = ['alice,3,0.5', 'bob', 'über,2', '"a,b",1', '"say ""hi""",1', 'alice,2'];
    const usersOf = async (content: string | Uint8Array, name = 'users.csv') => {
      const args = ['--workers', '3', '--users', stage.file(name, content)];
      return (await stage.report(args)).simulation.load;
    };
    const expected = { slots: 16_384, users: 5, connections: 10, eventsPerS: 0.5 };

    const forms: readonly (readonly [what: string, content: string | Uint8Array])[] = [
      ['plain lines', rows.join('\n')],
      ['lines that end in CR LF, with a byte order mark', `\ufeff${rows.join('\r\n')}\r\n`],
      ['a header, then lines', `user,connections,events_per_s\n${rows.join('\n')}\n`],
      ['gzip', gzipSync(rows.join('\n'))],
      [
        'two gzip files one after the other',
        Buffer.concat([gzipSync('alice,3,0.5\nbob\nüber,2\n'), gzipSync(rows.slice(3).join('\n'))]),
      ],
    ];
    for (const [what, content] of forms) {
      it(`come from ${what}; one who is there again adds up`, async () => {
        expect(await usersOf(content)).to.deep.equal(expected);
      });
    }

    it('come from columns that the header names, among others', async () => {
      const content = 'plan,connections,id\nfree,2,alice\npro,1,bob\n';
      expect(await usersOf(content)).to.include({ users: 2, connections: 3 });
    });

    it('come from the standard input', async () => {
      const input = gzipSync('alice\nbob\n');
      const { simulation } = await stage.report(['--workers', '2', '--users', '-'], { input });
      expect(simulation.load.users).to.equal(2);
    });

    it('come from a log, by a pattern: a line is a connection', async () => {
      const log = stage.file(
        'access.log',
        'GET /?user=a HTTP\nGET /?user=b HTTP\n-\nGET /?user=a HTTP\n',
      );
      const args = ['--workers', '2', '--users', log, '--pattern', 'user=(?<user>[^ ]+)'];
      const { simulation } = await stage.report(args);
      expect(simulation.load).to.include({ users: 2, connections: 3 });
    });

    it('are read across the pieces of a large file', async () => {
      const many = Array.from({ length: 60_000 }, (_, i) => `someone-${i}-üß`).join('\n');
      expect(await usersOf(many)).to.include({ users: 60_000 });
      expect(await usersOf(gzipSync(many))).to.include({ users: 60_000 });
    });

    it('are hot without being named, unless that is asked for', async () => {
      const many = Array.from({ length: 200 }, (_, i) => `somebody-${i}`).join('\n');
      const path = stage.file('hot.csv', `${many}\nalice-in-wonderland,500\n`);
      const args = ['--workers', '3', '--users', path, '--add', '1'];
      for (const format of [[], ['--json'], ['--csv'], ['--details']]) {
        const { stdout } = await stage.run([...args, ...format]);
        expect(stdout).to.not.match(/alice|somebody/);
      }
      const { stdout } = await stage.run([...args, '--show-ids']);
      expect(stdout).to.include('user:alice-in-wonderland');
      expect(stdout).to.not.include('somebody');
    });
  });

  describe('the ring', () => {
    it('comes from YAML or JSON, with weights and zones', async () => {
      const members = [{ id: 'a', weight: 2, zone: 'x' }, { id: 'b' }, 'c'];
      const json = stage.file('ring.json', JSON.stringify({ members }));
      const yaml = stage.file('ring.yaml', '- {id: a, weight: 2, zone: x}\n- id: b\n- c\n');
      const [one, two] = [
        await stage.report(['--ring', json]),
        await stage.report(['--ring', yaml]),
      ];
      expect(one.simulation.before.members).to.deep.equal([
        { id: 'a', weight: 2, zone: 'x' },
        { id: 'b', weight: 1 },
        { id: 'c', weight: 1 },
      ]);
      expect(two.simulation).to.deep.equal(one.simulation);
    });

    it('takes zones by worker, or deals them out', async () => {
      const zonesOf = async (zones: string) => {
        const report = await stage.report(['--workers', '3', '--zones', zones]);
        return report.simulation.before.members.map(({ zone }) => zone);
      };
      expect(await zonesOf('a,b')).to.deep.equal(['a', 'b', 'a']);
      expect(await zonesOf('w-2=x')).to.deep.equal([undefined, 'x', undefined]);
    });
  });

  describe('what is asked besides', () => {
    it('explains a key: hash, slot, owners, and the step that moves it', async () => {
      const args = ['--workers', '3', '--add', '4', '--explain', 'user:alice'];
      const { stdout } = await stage.run(args);
      expect(stdout).to.match(
        /hash 2,641,746,422 \(0x9d75d9f6\), slot 10077, position 2,641,756,160/,
      );
      expect(stdout).to.match(/owner w-\d( → w-\d)?, second copy w-\d/);
    });

    it('fits weights within the budget, as the last step, ready to be set', async () => {
      const args = [...ten, '--add', '1', '--optimize', 'balance', '--max-moved', '12%'];
      const { optimization, simulation, isOk } = await stage.report(args);
      const last = simulation.steps.at(-1);
      expect(isOk).to.equal(true);
      expect(optimization?.step).to.equal(2);
      expect(last?.label).to.match(/^fit \d+ weights$/);
      expect(last?.after.balance.slots.max).to.equal(optimization?.after);
      expect(optimization?.after).to.be.lessThan(1.03);
      expect(optimization?.before).to.be.greaterThan(1.03);
      const [id = '', weight] = Object.entries(optimization?.weights ?? {})[0] ?? [];
      const { stdout } = await stage.run(args);
      expect(stdout).to.match(new RegExp(`${id} .*--weight ${String(weight).replace('.', '\\.')}`));
    });

    it('keeps the users that fitting moves within --max-moved', async () => {
      const args = [...ten, '--optimize', 'balance', '--max-moved', '1%'];
      const { simulation, isOk } = await stage.report(args);
      expect(simulation.steps[0]?.movement.fraction.users).to.be.within(0.002, 0.01);
      expect(isOk).to.equal(true);
    });

    it('gives weights that make the ring it promised', async () => {
      const { optimization } = await stage.report(['--workers', '5', '--optimize', 'balance']);
      const ring = stage.file('fitted.json', JSON.stringify({ members: optimization?.members }));
      const { simulation } = await stage.report(['--ring', ring]);
      expect(simulation.before.balance.slots.max).to.equal(optimization?.after);
    });

    it('compares strategies and schemes, and tries the laws', async () => {
      const besides = ['--compare', '--strategies', 'ringway,modulo', '--schemes', '--verify'];
      const { stdout, code } = await stage.run([...ten, '--add', '1', ...besides]);
      expect(stdout).to.match(/^ {2}ringway +\d+\.\d\d %/m);
      expect(stdout).to.match(/^ {2}modulo +9\d\.\d\d %/m);
      expect(stdout).to.match(/^ {2}broadcast +13 /m);
      expect(stdout).to.match(/^ {2}holds +every slot has one target, .*\(16,385 cases\)/m);
      expect(stdout).to.not.include('hashring');
      expect(code).to.equal(exitCodes.done);
    });
  });
});
