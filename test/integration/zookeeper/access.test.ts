/** Who may do what in ZooKeeper, and what a coordinator says to data that is not its own. */
import { expect } from 'chai';
import { afterEach, before, beforeEach, describe, it } from 'mocha';
import { credentialsFrom } from '../../../cluster/credentials.ts';
import {
  createZooKeeper,
  type NodeContent,
  type ZooKeeperCoordinator,
} from '../../../cluster/index.ts';
import { createNodeCodec } from '../../../cluster/node-codec.ts';
import { ServerError, serverCodes } from '../../../cluster/zookeeper-errors.ts';
import type { Access } from '../../../cluster/zookeeper-wire.ts';
import { claim, codeOf, config, createdBy, createLive } from '../../support/coordinator-stage.ts';
import { eventually } from '../../support/eventually.ts';
import { createRecordingLogger, type RecordingLogger } from '../../support/recording-logger.ts';
import {
  freshChroot,
  serverStartTimeoutMs,
  sharedZooKeeperServer,
} from '../../support/servers/index.ts';
import { openRaw, type Raw } from '../../support/zookeeper/raw.ts';
import { addressOf, testSecret } from '../../support/zookeeper/store.ts';

const everybody: Access = { scheme: 'world', id: 'anyone', isFull: true };
const ours = credentialsFrom(testSecret);

describe('a ZooKeeper coordinator and the rights in ZooKeeper', () => {
  let server: string;
  let chroot: string;
  let root: string;
  let logger: RecordingLogger;
  let closers: (() => Promise<unknown>)[];
  let stranger: Raw;

  before(async function () {
    this.timeout(serverStartTimeoutMs);
    server = (await sharedZooKeeperServer()).address;
  });
  beforeEach(async () => {
    closers = [];
    logger = createRecordingLogger();
    chroot = freshChroot();
    root = `${chroot}/ringway`;
    stranger = await raw();
  });
  afterEach(() => Promise.all(closers.map((close) => close())));

  async function raw(credentials?: string): Promise<Raw> {
    const opened = await openRaw({
      address: addressOf(server),
      ...(credentials !== undefined && { credentials }),
    });
    if (opened === 'expired') throw new Error('expired');
    closers.push(() => opened.close());
    return opened;
  }

  async function start(
    given: { readonly secret?: string; readonly sessionTimeoutMs?: number } = {},
  ): Promise<ZooKeeperCoordinator> {
    const { secret = testSecret, sessionTimeoutMs = 2000 } = given;
    const servers = `${server}${chroot}`;
    const one = createZooKeeper({ servers, secret, sessionTimeoutMs, logger });
    closers.push(() => one.close());
    const events: string[] = [];
    one.open({ onSession: (event) => events.push(event), onChange: () => undefined });
    await eventually('a session', () => events.length > 0);
    return one;
  }

  async function startConfigured(): Promise<ZooKeeperCoordinator> {
    const one = await start();
    await one.configure(config);
    return one;
  }

  async function denial(call: Promise<unknown>): Promise<string> {
    const error = await call.catch((thrown: unknown) => thrown);
    expect(error).to.include({ code: 'coordinator.denied', retryable: false });
    return String(error);
  }

  async function makeRootOfStrangers(access: Access): Promise<void> {
    const parts = root.split('/').slice(1);
    for (let depth = 1; depth < parts.length; depth += 1) {
      const path = `/${parts.slice(0, depth).join('/')}`;
      await stranger.zk.create(path, everybody).catch(unlessExists);
    }
    await stranger.zk.create(root, access);
  }

  it('gives every node exactly one entry in its access list, and nobody else a right', async () => {
    const one = await startConfigured();
    const [name = ''] = createdBy(await one.multi([createLive('w-1')]));
    const insider = await raw(ours.digest);
    const nodes = ['', '/config', '/table', '/live', '/ring', '/gateways', `/live/${name}`];
    for (const node of nodes) {
      expect(await insider.zk.getAccess(`${root}${node}`), node).to.deep.equal([ours.access]);
      const refusal = await stranger.zk.getData(`${root}${node}`).catch((e: unknown) => e);
      expect(refusal, node).to.have.property('serverCode', serverCodes.noAuth);
    }
  });

  it('lets no stranger register, and no stranger remove a worker', async () => {
    const one = await startConfigured();
    const [name = ''] = createdBy(await one.multi([createLive('w-1')]));
    const node = { kind: 'create', isEphemeral: true, access: everybody } as const;
    const path = `${root}/live/w-2-`;
    const results = await stranger.zk.multi([{ ...node, path, bytes: Buffer.from('{}') }]);
    expect(results[0]?.err).to.equal(serverCodes.noAuth);
    const removal = await stranger.zk.multi([{ kind: 'remove', path: `${root}/live/${name}` }]);
    expect(removal[0]?.err).to.equal(serverCodes.noAuth);
    expect((await one.read()).live).to.have.lengthOf(1);
  });

  it('refuses another secret than the cluster’s, naming node and variable', async () => {
    await startConfigured();
    const other = await start({ secret: 'not the secret of this cluster' });
    const texts = [
      await denial(other.read()),
      await denial(other.configure(config)),
      await denial(other.multi([createLive('w-1')])),
    ];
    for (const text of texts) {
      expect(text).to.contain(`${root}`).and.to.contain('RINGWAY_SECRET differs');
    }
  });

  const foreign: readonly [string, Access][] = [
    ['open to everybody', everybody],
    ['of somebody else', credentialsFrom('some other secret of length').access],
  ];
  for (const [what, access] of foreign) {
    it(`makes no cluster in a /ringway that is ${what}`, async () => {
      await makeRootOfStrangers(access);
      const one = await start();
      const text = await denial(one.configure(config));
      expect(text).to.contain(`${root}:`).and.to.contain('strangers made the node');
      expect(await stranger.zk.exists(`${root}/config`)).to.equal(undefined);
    });
  }

  it('does not use a folder that strangers can write to, even in a cluster of its own', async () => {
    await startConfigured();
    const insider = await raw(ours.digest);
    await insider.zk.multi([{ kind: 'remove', path: `${root}/ring` }]);
    await insider.zk.create(`${root}/ring`, everybody);
    expect(await denial((await start()).read())).to.contain(`${root}/ring`);
  });

  it('ignores nodes without a right signature, and says so once', async () => {
    const one = await startConfigured();
    await one.multi([createLive('w-1')]);
    const insider = await raw(ours.digest);
    const codec = createNodeCodec(ours.signingKey);
    const content: NodeContent = { id: 'w-3', address: 'h:1' };
    const create = (name: string, bytes: Buffer) =>
      ({
        kind: 'create',
        path: `${root}/live/${name}-`,
        bytes,
        isEphemeral: true,
        access: ours.access,
      }) as const;
    const results = await insider.zk.multi([
      create('w-2', Buffer.from('{"id":"w-2","address":"evil:1"}')),
      create('w-3', codec.encode('ring', content)),
      create('w-4', codec.encode('live', content)),
      create('w-5', Buffer.alloc(0)),
    ]);
    expect(results.map(({ err }) => err)).to.deep.equal([0, 0, 0, 0]);
    for (let again = 0; again < 3; again += 1) {
      expect((await one.read()).live.map(({ id }) => id)).to.deep.equal(['w-1']);
    }
    const lines = logger.of('zookeeper.node_ignored');
    expect(lines.map(({ level, problem }) => `${level}: ${problem}`)).to.have.members([
      'error: unsigned',
      'error: wrongly signed',
      'error: a node of w-3',
      'error: wrongly signed',
    ]);
    const unsigned = lines.find(({ problem }) => problem === 'unsigned');
    expect(unsigned).to.have.property('path').that.contains(`${root}/live/w-2-`);
  });

  it('refuses to work with another session timeout than it asked for', async () => {
    const one = await start({ sessionTimeoutMs: 600 });
    const error = await one.read().catch((thrown: unknown) => thrown);
    expect(error).to.include({ code: 'coordinator.session_timeout', retryable: false });
    expect(String(error)).to.contain('1000 ms, not --session-timeout-ms 600');
  });

  it('refuses a change that the servers would not take, and stays connected', async () => {
    const one = await startConfigured();
    const ops = Array.from({ length: 1100 }, () => ({
      ...createLive('w-1'),
      content: { id: 'w-1', build: 'x'.repeat(512), address: 'y'.repeat(400) },
    }));
    const error = await one.multi(ops).catch((thrown: unknown) => thrown);
    expect(error).to.include({ code: 'coordinator.too_large', retryable: false });
    expect(String(error)).to.contain('jute.maxbuffer');
    expect((await one.read()).live).to.deep.equal([]);
  });

  it('reads no config that it does not understand', async () => {
    const one = await startConfigured();
    const insider = await raw(ours.digest);
    const bytes = Buffer.from('{"version":9}');
    await insider.zk.multi([{ kind: 'set', path: `${root}/config`, bytes, version: 0 }]);
    expect(await codeOf(one.read())).to.equal('coordinator.bad_config');
  });

  const damages: readonly [string, string, string][] = [
    ['a config without a table', '/table', 'coordinator.bad_table'],
    ['a missing folder', '/ring', 'coordinator.no_config'],
  ];
  for (const [what, node, code] of damages) {
    it(`says what ${what} is`, async () => {
      const one = await startConfigured();
      const insider = await raw(ours.digest);
      await insider.zk.multi([{ kind: 'remove', path: `${root}${node}` }]);
      expect(await codeOf(one.read())).to.equal(code);
    });
  }

  it('makes missing folders again, but no config beside a table that is there', async () => {
    const one = await startConfigured();
    await one.multi([claim(0, 1)]);
    const insider = await raw(ours.digest);
    await insider.zk.multi([{ kind: 'remove', path: `${root}/ring` }]);
    expect((await one.configure(config)).cluster).to.equal(config.cluster);
    expect((await one.read()).tableVersion).to.equal(1);
    await insider.zk.multi([{ kind: 'remove', path: `${root}/config` }]);
    expect(await codeOf(one.read())).to.equal('coordinator.no_config');
    expect(await codeOf(one.multi([claim(1, 1)]))).to.equal('coordinator.no_config');
    const error = await one.configure(config).catch((thrown: unknown) => thrown);
    expect(error).to.include({ code: 'coordinator.bad_config' });
  });

  it('reads other data afresh, though its names and versions are the same', async () => {
    const [one, other] = [await startConfigured(), await start()];
    const create = (address: string) =>
      ({ kind: 'create', folder: 'live', content: { id: 'w-1', address } }) as const;
    const [name = ''] = createdBy(await other.multi([create('before:1'), claim(0, 1)]));
    const before = await one.read();
    const insider = await raw(ours.digest);
    const nodes = [`/live/${name}`, '/live', '/table', '/config'];
    await insider.zk.multi(nodes.map((node) => ({ kind: 'remove', path: `${root}${node}` })));
    await other.configure({ ...config, cluster: 'other' });
    await other.multi([create('after:1'), claim(0, 2)]);
    const after = await one.read();
    expect(after.config.cluster).to.equal('other');
    expect(after.tableVersion).to.equal(before.tableVersion);
    expect(after.table.entries[0]?.owner).to.equal('w-2@1');
    expect(after.live.map(({ name: each, address }) => [each, address])).to.deep.equal([
      [name, 'after:1'],
    ]);
  });

  it('hints when a cluster is made or removed by others', async () => {
    const one = await start();
    const hints: number[] = [];
    const other = createZooKeeper({ servers: `${server}${chroot}`, secret: testSecret });
    closers.push(() => other.close());
    other.open({ onSession: () => undefined, onChange: () => hints.push(1) });
    await eventually('a hint', () => hints.length > 0);
    expect(await codeOf(other.read())).to.equal('coordinator.no_config');
    hints.length = 0;
    await one.configure(config);
    await eventually('a hint of the new config', () => hints.length > 0);
    await other.read();
    hints.length = 0;
    const insider = await raw(ours.digest);
    await insider.zk.multi([{ kind: 'remove', path: `${root}/config` }]);
    await eventually('a hint of its end', () => hints.length > 0);
  });
});

function unlessExists(error: unknown): void {
  if (!(error instanceof ServerError) || error.serverCode !== serverCodes.nodeExists) throw error;
}
