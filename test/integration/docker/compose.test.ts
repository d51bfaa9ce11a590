import { expect } from 'chai';
import { after, afterEach, before, it } from 'mocha';
import { ClusterClient } from '../../support/cluster-client.ts';
import { exampleVariables } from '../../support/containers/compose-file.ts';
import { ComposeStage } from '../../support/containers/compose-stage.ts';
import type { Container } from '../../support/containers/container.ts';
import { eventually } from '../../support/eventually.ts';
import { describeWithOwnServers } from '../../support/servers/own-servers.ts';
import { hs256 } from '../../support/tokens.ts';

interface Report {
  readonly workers: readonly {
    readonly id: string;
    readonly slots: number;
    readonly isDraining: boolean;
  }[];
  readonly gateways: readonly string[];
  readonly unowned: number;
  readonly movesInFlight: number;
}

const users = Array.from({ length: 24 }, (_, i) => `user-${i}`);

/**
 * The commands, environment and health checks of docker/compose.yaml, as processes. One cluster
 * for the whole story, told in the order in which an operator would live it.
 */
describeWithOwnServers(
  'the services of docker/compose.yaml',
  ['zookeeper', 'rabbitmq'],
  function () {
    this.timeout(240_000);
    let stage: ComposeStage;
    let clients: ReadonlyMap<string, ClusterClient> = new Map();
    /** What was published to every user, in order. */
    const published: string[] = [];
    const bearer = { authorization: `Bearer ${exampleVariables.RINGWAY_ADMIN_TOKEN}` };

    before(async () => {
      stage = new ComposeStage();
      await stage.network.start();
    });

    afterEach(function () {
      if (this.currentTest?.state === 'failed') console.error(stage.output);
    });

    after(async () => {
      for (const client of clients.values()) client.cut();
      await stage?.end();
    });

    async function report(): Promise<Report> {
      const { status, body } = await stage.admin('/v1/ring');
      if (status !== 200) throw new Error(`/v1/ring: ${status} ${body}`);
      return JSON.parse(body) as Report;
    }

    /** All slots where they belong, on this many workers. */
    function settled(workers: number): Promise<Report> {
      const probe = async (): Promise<Report | undefined> => {
        const now = await report();
        const owners = now.workers.filter(({ slots }) => slots > 0);
        const isSettled = now.unowned === 0 && now.movesInFlight === 0;
        return isSettled && owners.length === workers ? now : undefined;
      };
      return eventually(`${workers} workers own everything`, probe, 90_000);
    }

    async function tool(...args: readonly string[]): Promise<string> {
      const { code, stdout, stderr } = await stage.only('gateway').run(['ringway', ...args]);
      expect(code, stderr).to.equal(0);
      return stdout.trim();
    }

    function tokenOf(user: string): string {
      const nowS = Math.floor(Date.now() / 1000);
      return hs256({ claims: { sub: user, exp: nowS + 600 } }, exampleVariables.RINGWAY_JWT_SECRET);
    }

    /** As clients do: one that is refused for now comes again. */
    function connect(user: string, query = ''): Promise<ClusterClient> {
      const open = (): Promise<ClusterClient | undefined> =>
        ClusterClient.open(stage.publicUrl, query, tokenOf(user)).catch((error: unknown) => {
          if (!/refused 503/.test(String(error))) throw error;
          return undefined;
        });
      return eventually(`${user} is let in`, open, 60_000);
    }

    /** `<worker>-<number of its boot>` by user. */
    async function ownersOf(names: readonly string[]): Promise<ReadonlyMap<string, string>> {
      const found = names.map(async (user) => {
        const { body } = await stage.admin(`/v1/where?key=user:${user}`);
        return [user, (JSON.parse(body) as { owner: string }).owner] as const;
      });
      return new Map(await Promise.all(found));
    }

    /** At the gateways' own admin ports, with the token of the file. */
    async function socketsOfGateways(): Promise<readonly number[]> {
      const counts = stage.containersOf('gateway').map(async ({ address }) => {
        const text = await fetch(`http://${address}:8081/metrics`, { headers: bearer }).then((r) =>
          r.text(),
        );
        return Number(/^ringway_client_connections (\d+)/m.exec(text)?.[1]);
      });
      return Promise.all(counts);
    }

    /** One event for each user; resolves when all clients have it. */
    async function publishToAll(text: string): Promise<void> {
      published.push(text);
      const events = users.map((user) => ({
        ...{ specversion: '1.0', id: `${user} ${text}`, source: '/test', type: 'note' },
        ...{ user, data: { text } },
      }));
      const response = await fetch(`http://${stage.only('gateway').address}:8081/v1/events`, {
        method: 'POST',
        headers: { ...bearer, 'content-type': 'application/cloudevents-batch+json' },
        body: JSON.stringify(events),
      });
      expect(response.status, await response.text()).to.equal(202);
      const isComplete = ({ events: got }: ClusterClient): boolean =>
        got.length >= published.length;
      await eventually(`all have ${text}`, () => [...clients.values()].every(isComplete), 60_000);
    }

    function expectUndisturbed(): void {
      for (const [user, client] of clients) {
        expect(client.closed, user).to.equal(undefined);
        const welcomes = client.frames.filter(({ op }) => op === 'welcome');
        expect(welcomes, user).to.have.length(1);
        const texts = client.events.map(({ data }) => (data as { text: string }).text);
        expect(texts, user).to.deep.equal(published);
      }
    }

    function allHealthy(containers: readonly Container[]): Promise<unknown> {
      return Promise.all(containers.map((container) => container.untilHealthy(90_000)));
    }

    it('are not healthy while ZooKeeper and RabbitMQ are not there', async () => {
      const early = [...stage.scale('gateway', 1), ...stage.scale('worker', 1)];
      const answers = async (): Promise<boolean> => {
        const codes = await Promise.all(early.map((container) => container.checkHealth()));
        expect(codes).not.to.include(0);
        return codes.every((code) => code === 1);
      };
      await eventually('both answer that they are starting', answers, 60_000);
      await stage.startServers();
      await allHealthy(early);
    });

    it('are two gateways behind HAProxy and three workers', async () => {
      await allHealthy([...stage.up('gateway'), ...stage.up('worker')]);
      await allHealthy(stage.up('haproxy'));
      const { workers, gateways } = await settled(3);
      const names = (service: string) =>
        stage.containersOf(service).map(({ hostName }) => hostName);
      expect(workers.map(({ id }) => id)).to.have.members(names('worker'));
      expect(gateways).to.have.members(names('gateway'));
    });

    it('give a client a token, let it in, and show themselves to a browser', async () => {
      const token = await tool('token', '--user', 'alice');
      const url = `ws://haproxy:8080/ws`;
      const said = await tool('connect', '--url', url, '--token', token);
      expect(said).to.match(/^-- user:alice at \S+ /);
      expect((await stage.admin('/')).body).to.include('<!doctype html>');
      expect(await tool('status')).to.include(stage.only('worker').hostName);
    });

    it('tell both sockets of a user, at two gateways, of an event that was published', async () => {
      const both = [await connect('bob'), await connect('bob')];
      expect(await socketsOfGateways()).to.deep.equal([1, 1]);
      const id = await tool('publish', '--user', 'bob', '--type', 'note', '--data', '{"n":1}');
      await eventually('both have it', () => both.every(({ events }) => events.length > 0), 30_000);
      for (const client of both) expect(client.events.map((event) => event.id)).to.deep.equal([id]);
      for (const client of both) client.cut();
    });

    it('move users to new workers under open sockets: --scale worker=5', async () => {
      clients = new Map(
        await Promise.all(users.map(async (user) => [user, await connect(user)] as const)),
      );
      const before = await ownersOf(users);
      await publishToAll('before');
      await allHealthy(stage.scale('worker', 5));
      await settled(5);
      const after = await ownersOf(users);
      const moved = users.filter((user) => before.get(user) !== after.get(user));
      expect(moved.length).to.be.within(1, users.length - 1);
      await publishToAll('after');
      expectUndisturbed();
    });

    it('hand over the users of a worker that is stopped, and it ends well in time', async () => {
      const owners = await ownersOf(users);
      const [first] = owners.values();
      const leaving = stage
        .containersOf('worker')
        .find(({ hostName }) => first?.startsWith(hostName));
      if (leaving === undefined) throw new Error(`${first} is no container`);
      expect(await stage.stop(leaving), leaving.output).to.equal(0);
      const { workers } = await settled(4);
      expect(workers.map(({ id }) => id)).not.to.include(leaving.hostName);
      await publishToAll('without it');
      expectUndisturbed();
    });

    it('send clients of a gateway that is stopped to the other one, to where they were', async () => {
      const [leaving] = stage.containersOf('gateway');
      leaving?.signal('SIGTERM');
      const isToldToLeave = ({ closed }: ClusterClient): boolean =>
        closed?.startsWith('1012') === true;
      const [user, old] = await eventually(
        'a client is told to come back',
        () => [...clients].find(([, client]) => isToldToLeave(client)),
        60_000,
      );
      expect(await leaving?.checkHealth()).to.equal(1);
      const again = await connect(user, `?${old.resume}`);
      expect(again.frames[0]).to.include({ op: 'welcome', recovered: true });
      again.cut();
    });
  },
);
