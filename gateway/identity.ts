/**
 * Who a client is and which key it belongs to. Pure: tokens are verified in `auth.ts`.
 *
 * A key is `<prefix>:<value>`. By default it is `user:<sub>`; with `routeBy` another claim or a
 * query parameter names the unit, and the prefix is that claim's or parameter's own name
 * (`?meeting_id=m-1` → `meeting_id:m-1`), so that keys of different kinds cannot collide. A query
 * parameter called `user` is refused in the options: with it a client could pick somebody
 * else's key. Values are compared byte by byte; nothing is normalised.
 */
import { eventLimits } from '../events/index.ts';

export type RouteBy =
  | { readonly kind: 'user' }
  | { readonly kind: 'claim'; readonly name: string }
  | { readonly kind: 'query'; readonly name: string };

/** Longest user id, and longest value of a key, in bytes of UTF-8: `user:` and it make a key. */
export const idBytesMax = eventLimits.keyBytesMax - 'user:'.length;

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it refuses.
const controlCharacters = /[\u0000-\u001f\u007f-\u009f]/;

/** Whether a string may be a user id or a key's value: 1–235 bytes of UTF-8, no controls. */
export function isId(value: unknown): value is string {
  if (typeof value !== 'string' || value === '' || value.length > idBytesMax) return false;
  if (controlCharacters.test(value)) return false;
  const bytes = Buffer.from(value, 'utf8');
  // A lone surrogate does not survive the way to bytes and back.
  return bytes.length <= idBytesMax && bytes.toString('utf8') === value;
}

export interface Route {
  readonly user: string;
  /** Verified claims; a Map-like lookup, so that `__proto__` names nothing. */
  readonly claim: (name: string) => unknown;
  readonly query: URLSearchParams;
}

/** The key, or undefined when what `routeBy` names is missing or is no id. */
export function keyOf(routeBy: RouteBy, route: Route): string | undefined {
  if (routeBy.kind === 'user') return `user:${route.user}`;
  const values =
    routeBy.kind === 'claim' ? [route.claim(routeBy.name)] : route.query.getAll(routeBy.name);
  const [value] = values;
  if (values.length !== 1 || !isId(value)) return undefined;
  const key = `${routeBy.name}:${value}`;
  return Buffer.byteLength(key) <= eventLimits.keyBytesMax ? key : undefined;
}

/** Parameters that belong to the gateway: never shown to an application, a log or a metric. */
const ownParameters = ['access_token', 'user', 'resume', 'session'] as const;

/** The client's query as an application may see it. */
export function publicQuery(query: URLSearchParams): string {
  const shown = new URLSearchParams(query);
  for (const name of ownParameters) shown.delete(name);
  return shown.toString();
}
