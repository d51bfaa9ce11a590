import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { gatewayDefaults } from '../../../gateway/options.ts';
import { defaultLimits } from '../../../worker/limits.ts';
import {
  composePath,
  exampleVariables,
  interpolate,
  readComposeFile,
  root,
  type Service,
  secondsOf,
} from '../../support/containers/compose-file.ts';

/** Of the Compose specification, those that both Docker's plugin and Debian's 1.29 know. */
const topLevelKeys = ['services', 'networks', 'volumes'];
const serviceKeys = [
  ...['image', 'build', 'entrypoint', 'command', 'environment', 'hostname', 'restart', 'scale'],
  ...['depends_on', 'healthcheck', 'stop_grace_period', 'networks', 'ports', 'volumes', 'tmpfs'],
  ...['read_only', 'cap_drop', 'security_opt', 'logging', 'ulimits', 'mem_limit'],
];

const compose = readComposeFile(exampleVariables);
const services = Object.entries(compose.services);

function service(name: string): Service {
  const found = compose.services[name];
  if (found === undefined) throw new Error(`no service ${name}`);
  return found;
}

describe('docker/compose.yaml', () => {
  it('has the services of a cluster: two gateways and three workers of one image', () => {
    expect(Object.keys(compose.services)).to.have.members([
      'zookeeper',
      'rabbitmq',
      'gateway',
      'worker',
      'haproxy',
    ]);
    expect(service('gateway').scale).to.equal(2);
    expect(service('worker').scale).to.equal(3);
    expect(service('gateway').image).to.equal(service('worker').image);
    for (const name of ['gateway', 'worker']) {
      const { context = '', dockerfile = '' } = service(name).build ?? {};
      expect(existsSync(join(root, 'docker', context, dockerfile)), name).to.equal(true);
    }
  });

  it('uses only keys that every Compose knows', () => {
    expect(topLevelKeys).to.include.members(Object.keys(compose));
    for (const [name, each] of services) {
      expect(serviceKeys, name).to.include.members(Object.keys(each));
    }
  });

  it('names a version of every image that others made', () => {
    const foreign = services.filter(([, { build }]) => build === undefined);
    expect(foreign).to.have.length(3);
    for (const [name, { image }] of foreign)
      expect(image, name).to.match(/:\d+\.\d+(\.\d+)?(-\w+)?$/);
  });

  it('starts a service when those that it needs are healthy, by a check that is there', () => {
    const needs = services.flatMap(([name, { depends_on: on = {} }]) =>
      Object.entries(on).map(([other, { condition }]) => ({ name, other, condition })),
    );
    expect(needs.map(({ name, other }) => `${name} after ${other}`)).to.have.members([
      'gateway after zookeeper',
      'gateway after rabbitmq',
      'worker after zookeeper',
      'worker after rabbitmq',
      'haproxy after gateway',
    ]);
    for (const { other, condition } of needs) {
      expect(condition).to.equal('service_healthy');
      expect(service(other).healthcheck?.test, other).to.have.length.greaterThan(1);
    }
  });

  it('checks every service, within bounded time', () => {
    for (const [name, { healthcheck }] of services) {
      expect(healthcheck, name).to.include.keys('test', 'interval', 'timeout', 'retries');
      expect(healthcheck?.test[0], name).to.match(/^CMD(-SHELL)?$/);
      expect(secondsOf(healthcheck?.start_period ?? ''), name).to.be.within(10, 120);
    }
  });

  it('gives every stop more time than a drain takes', () => {
    const grace = (name: string): number => secondsOf(service(name).stop_grace_period ?? '0s');
    expect(grace('gateway') * 1000).to.be.greaterThan(gatewayDefaults.drainWindowMs);
    expect(grace('worker') * 1000).to.be.greaterThan(defaultLimits.drainTimeoutMs);
    const haproxy = readFileSync(join(root, 'docker/haproxy.cfg'), 'utf8');
    const [, hardStopS] = /hard-stop-after (\d+)s/.exec(haproxy) ?? [];
    expect(grace('haproxy')).to.be.greaterThan(Number(hardStopS));
  });

  it('publishes two ports of HAProxy on loopback, and nothing else', () => {
    const published = services.flatMap(([name, { ports = [] }]) =>
      ports.map((port) => [name, port]),
    );
    expect(published).to.deep.equal([
      ['haproxy', '127.0.0.1:8080:8080'],
      ['haproxy', '127.0.0.1:8081:8081'],
    ]);
  });

  it('keeps HAProxy, the one that strangers reach, away from ZooKeeper, RabbitMQ and workers', () => {
    const onEdge = services.filter(([, { networks = [] }]) => networks.includes('edge'));
    expect(onEdge.map(([name]) => name)).to.have.members(['haproxy', 'gateway']);
    expect(service('haproxy').networks).to.deep.equal(['edge']);
    const used = services.flatMap(([, { networks = [] }]) => networks);
    expect(Object.keys(compose.networks)).to.include.members(used);
  });

  it('keeps the data of ZooKeeper and RabbitMQ in volumes that it declares', () => {
    const named = ['zookeeper', 'rabbitmq'].flatMap((name) => service(name).volumes ?? []);
    const volumes = named.map((volume) => volume.split(':')[0]);
    expect(volumes).to.have.length(3);
    expect(Object.keys(compose.volumes)).to.have.members(volumes);
    expect(service('rabbitmq').hostname).to.equal('rabbitmq');
  });

  it('mounts files that exist', () => {
    const mounts = services.flatMap(([, { volumes = [] }]) => volumes);
    const paths = mounts
      .map((mount) => mount.split(':')[0] ?? '')
      .filter((path) => path.startsWith('.'));
    expect(paths).to.have.length(2);
    for (const path of paths) expect(existsSync(join(root, 'docker', path)), path).to.equal(true);
  });

  it('runs our program without rights, on a read-only file system, and bounds all memory', () => {
    for (const name of ['gateway', 'worker']) {
      expect(service(name)).to.deep.include({
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
      });
    }
    for (const [name, { mem_limit: limit }] of services) expect(limit, name).to.match(/^\d+[mg]$/);
    expect(service('gateway').ulimits?.nofile).to.be.greaterThan(gatewayDefaults.connectionsMax);
  });
});

describe('the secrets of docker/compose.yaml', () => {
  const secrets = [
    'RINGWAY_SECRET',
    'RINGWAY_JWT_SECRET',
    'RINGWAY_ADMIN_TOKEN',
    'RABBITMQ_PASSWORD',
  ];

  for (const name of secrets) {
    it(`refuse to start without ${name}, and say which command makes it`, () => {
      const { [name]: _, ...others } = exampleVariables;
      for (const variables of [others, { ...others, [name]: '' }]) {
        expect(() => readComposeFile(variables)).to.throw(
          `${name} is missing, run sh docker/make-env.sh`,
        );
      }
    });
  }

  it('have no default in the file, in no part of it', () => {
    const text = readFileSync(composePath, 'utf8');
    const defaults = [...text.matchAll(/\$\{(\w+):-([^}]*)\}/g)].map(([, name]) => name);
    expect(defaults.filter((name) => /SECRET|TOKEN|PASSWORD/.test(name ?? ''))).to.deep.equal([]);
  });

  it('are the ones that the program is given', () => {
    expect(service('gateway').environment).to.include({
      RINGWAY_SECRET: exampleVariables.RINGWAY_SECRET,
      RINGWAY_RABBITMQ: `amqp://ringway:${exampleVariables.RABBITMQ_PASSWORD}@rabbitmq:5672`,
    });
    expect(service('rabbitmq').environment).to.include({
      RABBITMQ_DEFAULT_USER: 'ringway',
      RABBITMQ_DEFAULT_PASS: exampleVariables.RABBITMQ_PASSWORD,
    });
  });
});

describe('variables in a compose file', () => {
  it('are replaced as Compose does it', () => {
    // Written with # for the dollar sign, which would look like a template here.
    const of = (text: string): string =>
      interpolate(text.replaceAll('#', '$'), { A: '1', EMPTY: '' }).replaceAll('$', '#');
    expect(of('#A #{A} #{A:-2} #{B:-2} #{EMPTY:-3} #{EMPTY} ##A ##{A}')).to.equal(
      '1 1 1 2 3  #A #{A}',
    );
    expect(() => of('#{B:?is wanted}')).to.throw('B is wanted');
    expect(() => of('#{EMPTY:?is wanted}')).to.throw('EMPTY is wanted');
    expect(() => of('#{B}')).to.throw('B has neither value nor default');
  });
});
