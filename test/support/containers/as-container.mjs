/**
 * Loaded before a program (`NODE_OPTIONS=--import …`), this gives its process what a container
 * would have: a host name, the names of a compose network, and a loopback of its own. All of them
 * are addresses under 127.0.0.0/8 of this machine, one for each container.
 *
 * CONTAINER_ADDRESS is this container's; CONTAINER_HOSTS a file with `{"name": ["address", …]}`,
 * read at each look-up, because containers come and go; HOSTNAME as Docker sets it.
 */
import dns from 'node:dns';
import { readFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import os from 'node:os';

const { CONTAINER_ADDRESS: own, CONTAINER_HOSTS: hostsFile, HOSTNAME: hostName } = process.env;

/** Inside a container these are that container, whatever else listens on this machine. */
const ownNames = new Set(['localhost', '127.0.0.1', '::1', '0.0.0.0', '::']);

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
  if (ownNames.has(name) || name === hostName) return [own];
  if (net.isIP(name) !== 0) return [name];
  return JSON.parse(readFileSync(hostsFile, 'utf8'))[name] ?? [];
}

const { listen } = net.Server.prototype;
net.Server.prototype.listen = function listenAsContainer(...args) {
  const [first, second, ...rest] = args;
  if (typeof first === 'object' && first !== null && 'port' in first) {
    return listen.call(this, { ...first, host: boundTo(first.host) }, second, ...rest);
  }
  if (typeof first !== 'number') return listen.apply(this, args);
  const isHost = typeof second === 'string';
  return listen.call(
    this,
    first,
    boundTo(isHost ? second : undefined),
    ...args.slice(isHost ? 2 : 1),
  );
};

/** Undefined means all addresses. */
function boundTo(host) {
  return host === undefined || ownNames.has(host) ? own : host;
}

const { connect } = net.Socket.prototype;
net.Socket.prototype.connect = function connectAsContainer(...args) {
  // net.connect() hands over its arguments as one array, made by itself.
  const parts = Array.isArray(args[0]) ? args[0] : args;
  const [first] = parts;
  if (typeof first === 'object' && first !== null && first.path === undefined) {
    const host = first.host ?? 'localhost';
    if (ownNames.has(host)) parts[0] = { ...first, host: own };
  } else if (typeof first === 'number') {
    const host = typeof parts[1] === 'string' ? parts[1] : undefined;
    if (host === undefined) parts.splice(1, 0, own);
    else if (ownNames.has(host)) parts[1] = own;
  }
  return connect.apply(this, args);
};

syncBuiltinESMExports();
