/**
 * Loaded before a program (`NODE_OPTIONS=--import …`), this gives its process what a container
 * would have: a host name, the names of a compose network, and a loopback of its own. All of them
 * are addresses under 127.0.0.0/8 of this machine, two for each container: one on the network,
 * where others reach what listens at all interfaces, and one that stands for its 127.0.0.1.
 *
 * CONTAINER_ADDRESS is the one on the network; CONTAINER_HOSTS a file with `{"name": ["address",
 * …]}`, read at each look-up, because containers come and go; HOSTNAME as Docker sets it.
 */
import dns from 'node:dns';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import os from 'node:os';
import { dirname, join } from 'node:path';

const { CONTAINER_ADDRESS: own, CONTAINER_HOSTS: hostsFile, HOSTNAME: hostName } = process.env;
/** The other half of the network's last number. */
const ownLoopback = own.replace(/\d+$/, (last) => String(Number(last) + 128));

const loopbackNames = new Set(['localhost', '127.0.0.1', '::1']);
const wildcards = new Set(['0.0.0.0', '::', undefined]);

os.hostname = () => hostName;

dns.lookup = (name, ...rest) => {
  const callback = rest.pop();
  const [options] = rest;
  const isAll = typeof options === 'object' && options?.all === true;
  const addresses = addressesOf(name);
  process.nextTick(() => {
    if (addresses.length === 0) {
      const error = new Error(`getaddrinfo ENOTFOUND ${name}`);
      callback(Object.assign(error, { code: 'ENOTFOUND', syscall: 'getaddrinfo', hostname: name }));
    } else if (isAll) {
      callback(
        null,
        addresses.map((address) => ({ address, family: 4 })),
      );
    } else callback(null, addresses[0], 4);
  });
};

function addressesOf(name) {
  if (name === hostName) return [own];
  if (net.isIP(name) !== 0) return [name];
  return JSON.parse(readFileSync(hostsFile, 'utf8'))[name] ?? [];
}

const { listen } = net.Server.prototype;
net.Server.prototype.listen = function listenAsContainer(...args) {
  const [first, second] = args;
  if (typeof first === 'object' && first !== null && 'port' in first) {
    return listenAt(this, first.host, (host) => [{ ...first, host }, ...args.slice(1)]);
  }
  if (typeof first !== 'number') return listen.apply(this, args);
  const isHost = typeof second === 'string';
  const rest = args.slice(isHost ? 2 : 1);
  return listenAt(this, isHost ? second : undefined, (host) => [first, host, ...rest]);
};

function listenAt(server, host, argsWith) {
  if (wildcards.has(host)) return listen.apply(server, argsWith(own));
  if (!loopbackNames.has(host)) return listen.apply(server, argsWith(host));
  // Other processes of this container must know where to find it.
  server.once('listening', () => writeFileSync(markOf(server.address().port), ''));
  return listen.apply(server, argsWith(ownLoopback));
}

/** A file that is there when a port is served on the loopback only. */
function markOf(port) {
  return join(dirname(hostsFile), `loopback-${own}-${port}`);
}

const { connect } = net.Socket.prototype;
net.Socket.prototype.connect = function connectAsContainer(...args) {
  // net.connect() hands over its arguments as one array, made by itself.
  const parts = Array.isArray(args[0]) ? args[0] : args;
  const [first, second] = parts;
  if (typeof first === 'object' && first !== null && first.path === undefined) {
    parts[0] = { ...first, host: dialled(first.host, first.port) };
  } else if (typeof first === 'number') {
    const isHost = typeof second === 'string';
    parts.splice(1, isHost ? 1 : 0, dialled(isHost ? second : undefined, first));
  }
  return connect.apply(this, args);
};

/** No host means loopback here; all interfaces include it. */
function dialled(host, port) {
  if (host !== undefined && !loopbackNames.has(host)) return host;
  return existsSync(markOf(port)) ? ownLoopback : own;
}

syncBuiltinESMExports();
