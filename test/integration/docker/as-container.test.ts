import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { Network, type Place } from '../../support/containers/network.ts';

const preload = new URL('../../support/containers/as-container.mjs', import.meta.url).href;

/** The stand-in for containers is proved before anything is proved with it. */
describe('a process as a container', function () {
  this.timeout(180_000);
  const network = new Network();
  let own: Place;
  let other: Place;

  before(async () => {
    await network.start();
    own = network.join('worker');
    other = network.join('worker');
  });

  after(() => network.stop());

  async function inContainer(script: string): Promise<unknown> {
    const env = {
      PATH: process.env.PATH,
      NODE_OPTIONS: `--import=${preload}`,
      CONTAINER_ADDRESS: own.address,
      CONTAINER_HOSTS: network.hostsFile,
      HOSTNAME: own.hostName,
    };
    const args = ['--input-type=module', '--eval', script];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env });
    return JSON.parse(stdout);
  }

  it('has the host name of the container', async () => {
    const script = `import { hostname } from 'node:os'; console.log(JSON.stringify(hostname()))`;
    expect(await inContainer(script)).to.equal(own.hostName);
    expect(own.hostName).to.match(/^[0-9a-f]{12}$/);
  });

  it('finds containers by their host names and services by theirs, and nobody else', async () => {
    const script = `
      import { lookup } from 'node:dns/promises';
      import dns from 'node:dns';
      const all = (name) => new Promise((resolve) => {
        dns.lookup(name, { all: true }, (error, found) =>
          resolve(error?.code ?? found.map(({ address }) => address)));
      });
      const names = ${JSON.stringify([other.hostName, 'worker', own.hostName, 'gateway'])};
      console.log(JSON.stringify(await Promise.all(names.map(all))));`;
    expect(await inContainer(script)).to.deep.equal([
      [other.address],
      [own.address, other.address],
      [own.address],
      'ENOTFOUND',
    ]);
  });

  /** Serves, and says where: what it is bound to, and whether it reaches itself. */
  const served = (args: string): string => `
    import { connect } from 'node:net';
    import { createServer } from 'node:http';
    const server = createServer((request, response) => response.end('here'));
    server.listen(${args}, async () => {
      const { address, port } = server.address();
      const answer = await fetch('http://127.0.0.1:' + port).then((r) => r.text());
      const socket = connect(port, 'localhost', () => {
        console.log(JSON.stringify([address, answer, socket.remoteAddress]));
        process.exit();
      });
    });`;

  for (const args of [`{ host: '0.0.0.0', port: 0 }`, `0, '0.0.0.0'`, '0']) {
    it(`listens on the network at its own address only: listen(${args})`, async () => {
      expect(await inContainer(served(args))).to.deep.equal([own.address, 'here', own.address]);
    });
  }

  it('has a loopback of its own, which the network does not reach', async () => {
    const [bound, answer, remote] = (await inContainer(
      served(`{ host: '127.0.0.1', port: 0 }`),
    )) as readonly string[];
    expect(bound)
      .to.match(/^127\./)
      .and.not.equal(own.address);
    expect([answer, remote]).to.deep.equal(['here', bound]);
  });
});
