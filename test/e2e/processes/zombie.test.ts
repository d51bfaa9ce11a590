/**
 * A worker that is stopped (SIGSTOP) until its session has expired and its users are owned by
 * others, and is then continued: it finds inputs in its sockets and believes that it owns. The
 * heartbeat is slow here, so that nobody gives its links up before ZooKeeper gives up its session.
 */
import { expect } from 'chai';
import { after, before, it } from 'mocha';
import type { Where } from '../../support/e2e/admin.ts';
import { copiedTwice, settledOn } from '../../support/e2e/topology.ts';
import { eventually } from '../../support/eventually.ts';
import { ephemeralNodes } from '../../support/processes/four-letters.ts';
import { faultLines } from '../../support/processes/judge.ts';
import { Stage } from '../../support/processes/stage.ts';
import { TermWatch } from '../../support/processes/term-watch.ts';
import { describeWithOwnServers, sharedZooKeeperServer } from '../../support/servers/index.ts';

const workers = ['w-1', 'w-2', 'w-3'];
/** A link is dead after three missed heartbeats: half a minute, longer than anything here takes. */
const session = ['--session-timeout-ms', '3000', '--ping-interval-ms', '10000'];
const lease = ['--renew-interval-ms', '300', '--call-deadline-ms', '400', '--slack-ms', '800'];
const holdOff = ['--hold-off-ms', '31000'];

describeWithOwnServers(
  'a worker stopped past its session and continued',
  ['zookeeper'],
  function () {
    this.timeout(120_000);
    const watch = new TermWatch();
    let stage: Stage;
    /** Terms of the slots that it owned, by slot. */
    let terms: ReadonlyMap<number, number>;
    let owned: readonly Where[];

    before(async () => {
      stage = await Stage.start({
        cluster: {
          gateways: ['g-1', 'g-2'],
          workers,
          gatewayFlags: session,
          workerFlags: [...session, ...lease, ...holdOff],
          onLinkMessage: watch.take,
        },
        load: { users: 100, eventsPerSecond: 150 },
        // One that answers `dump`.
        zooKeeper: (await sharedZooKeeperServer()).address,
      });
      const { cluster, load } = stage;
      await settledOn(cluster.admin, workers);
      await load.start();
      await copiedTwice(cluster.admin, load.keys);
      await load.more(300);
      const places = await Promise.all(load.keys.map((key) => cluster.admin.where(key)));
      owned = places.filter(({ owner }) => isIts(owner));
      terms = new Map(owned.map(({ slot, term }) => [slot, term]));
    });

    after(() => stage?.close());

    it('has lost its session and its users, and has inputs of before in its sockets', async () => {
      const { cluster } = stage;
      expect(owned).to.not.be.empty;
      expect(await registrations()).to.have.length(1);
      const [before] = await registrations();
      watch.begin();
      const stoppedAtMs = performance.now();
      cluster.get('w-1').child.signal('SIGSTOP');
      await eventually(
        'its session expired',
        async () => {
          return (await registrations()).length === 0;
        },
        15_000,
      );
      await eventually(
        'another owner for each of its users',
        async () => {
          const now = await Promise.all(owned.map(({ key }) => cluster.admin.where(key)));
          return now.every((place, n) => !isIts(place.owner) && place.term > (owned[n]?.term ?? 0));
        },
        15_000,
      );
      expect(watch.said(['INPUT'], terms, stoppedAtMs), 'inputs that it never read').to.not.be
        .empty;

      const continuedAtMs = performance.now();
      cluster.get('w-1').child.signal('SIGCONT');
      await settledOn(cluster.admin, workers);
      const again = await registrations();
      expect(again).to.have.length(1);
      expect(again[0]).to.not.equal(before);
      await stage.load.more(300);

      const effects = ['FRAME', 'SEND', 'ATTACHED', 'INPUT_ACK'];
      expect(watch.said(effects, terms, continuedAtMs), 'effects after the fence').to.deep.equal(
        [],
      );
      expect(watch.said(['APPENDED'], terms, continuedAtMs), 'accepted by a copy').to.deep.equal(
        [],
      );
      const ms = (continuedAtMs - stoppedAtMs).toFixed(0);
      const fenced = watch.said(['FENCED'], terms, continuedAtMs).length;
      console.log(`      stopped for ${ms} ms, ${fenced} times told that it is fenced`);
    });

    it('had no effect on anybody: nothing is lost, repeated or out of order', async () => {
      await stage.load.stop();
      const verdict = await stage.load.verdict({ isContiguous: true, mayDisconnect: () => false });
      expect(faultLines(verdict)).to.deep.equal([]);
      expect(verdict.breaks).to.equal(0);
    });

    /** Its nodes in `/live`, as ZooKeeper itself lists the ephemeral nodes of all sessions. */
    async function registrations(): Promise<readonly string[]> {
      const nodes = await ephemeralNodes(stage.zooKeeper, 'live');
      return nodes.filter((node) => node.startsWith('w-1-'));
    }
  },
);

/** An owner is named by its boot identity. */
function isIts(owner: string): boolean {
  return owner.startsWith('w-1@');
}
