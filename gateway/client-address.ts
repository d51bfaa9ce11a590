/**
 * Which address a client has, and which network it counts to.
 *
 * `X-Forwarded-For` is believed only when the socket's own peer is a trusted proxy, and then
 * from the right: the first address that is not a trusted proxy is the client. Everything to
 * the left of it was written by the client itself.
 */
import { BlockList, isIP } from 'node:net';

/** @throws RangeError when an entry is neither an address nor a CIDR range. */
export function trustedProxyList(entries: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = '', bits] = entry.split('/');
    const version = isIP(address);
    if (version === 0) throw new RangeError(`"${entry}" is not an address or CIDR range`);
    const family = version === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else if (/^\d{1,3}$/.test(bits)) list.addSubnet(address, Number(bits), family);
    else throw new RangeError(`"${entry}" is not an address or CIDR range`);
  }
  return list;
}

/** The client's address, as far as it can be known. */
export function clientAddress(peer: string, forwardedFor: string, trusted: BlockList): string {
  let address = plain(peer);
  if (forwardedFor === '') return address;
  const hops = forwardedFor.split(',').map((hop) => plain(hop.trim()));
  while (isTrusted(address, trusted)) {
    const hop = hops.pop();
    // A header that is not a list of addresses ends the walk: the proxy is the client then.
    if (hop === undefined || isIP(hop) === 0) return address;
    address = hop;
  }
  return address;
}

/** What rate and connection limits count by: an IPv4 address, or an IPv6 /64. */
export function networkOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - groups.length - after.length);
  const all = [...groups, ...new Array<string>(zeros).fill('0'), ...after];
  const network = all.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${network.join(':')}::/64`;
}

/** IPv4 as a dual-stack socket shows it, without the wrapping. */
function plain(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}

function isTrusted(address: string, trusted: BlockList): boolean {
  const version = isIP(address);
  return version !== 0 && trusted.check(address, version === 6 ? 'ipv6' : 'ipv4');
}
