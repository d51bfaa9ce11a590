/** Addresses of listening ports: which others can reach, and what they should dial. */

export function isLoopback(address: string): boolean {
  return address === 'localhost' || address === '::1' || /^127(\.\d{1,3}){3}$/.test(address);
}

/** Bound to every interface: no address that anybody could dial. */
export function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

/** What others dial: the bound `host:port`, unless another `host` or `host:port` was given. */
export function advertisedAddress(bound: string, advertise: string | undefined): string {
  if (advertise === undefined) return bound;
  if (/^(\[.*\]|[^:]*):\d+$/.test(advertise)) return advertise;
  return `${advertise}${bound.slice(bound.lastIndexOf(':'))}`;
}
