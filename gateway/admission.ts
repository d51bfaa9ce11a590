/**
 * May this upgrade request become a session? The steps in the order of what they cost: the
 * shape of the request, the rates, a place, the token, the user's places. Nobody behind the
 * gateway hears of a request that is refused here.
 */
import type { IncomingMessage } from 'node:http';
import type { BlockList } from 'node:net';
import type { Clock } from '../base/index.ts';
import type { SessionAbout } from '../link/index.ts';
import { type AuthResult, type AuthRules, authenticate, type Identity } from './auth.ts';
import { clientAddress, networkOf, trustedProxyList } from './client-address.ts';
import type { ClientProtocol } from './client-protocol.ts';
import { ConnectionCounts, type Place } from './connection-counts.ts';
import { publicQuery } from './identity.ts';
import type { GatewayOptions } from './options.ts';
import type { RefusalCode } from './refusals.ts';
import { parseResume, type ResumeRequest } from './resume.ts';
import { selectProtocol } from './select-protocol.ts';
import { NamedBuckets, TokenBucket } from './token-bucket.ts';
import type { TokenKeys } from './token-keys.ts';
import { type CheckedUpgrade, checkUpgrade, type UpgradeRequest } from './upgrade-check.ts';

export interface Admitted {
  readonly identity: Identity;
  readonly protocol: ClientProtocol;
  readonly resume: ResumeRequest | undefined;
  readonly about: SessionAbout;
  /** Held by whoever gets this; give it back with `leave`. */
  readonly place: Place;
}

export class Admission {
  readonly #options: GatewayOptions;
  readonly #rules: AuthRules;
  readonly #clock: Clock;
  readonly #counts: ConnectionCounts;
  readonly #trusted: BlockList;
  readonly #total: TokenBucket;
  readonly #byNetwork: NamedBuckets;

  constructor(options: GatewayOptions, keys: TokenKeys | undefined, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    this.#rules = authRules(options, keys);
    this.#counts = new ConnectionCounts(options);
    this.#trusted = trustedProxyList(options.trustedProxies);
    this.#total = new TokenBucket(
      { perSecond: options.handshakesPerSecond, burst: options.handshakesBurst },
      clock.nowMs(),
    );
    this.#byNetwork = new NamedBuckets(
      {
        perSecond: options.handshakesPerSecondPerAddress,
        burst: options.handshakesBurstPerAddress,
      },
      options.addressesMax,
    );
  }

  get connections(): number {
    return this.#counts.total;
  }

  leave(place: Place): void {
    this.#counts.leave(place);
  }

  /** Everything that can be judged at once; never waits for anything. */
  check(request: IncomingMessage): CheckedAdmission | RefusalCode {
    const verdict = checkUpgrade(upgradeRequestOf(request), {
      path: this.#options.path,
      allowedOrigins: this.#options.allowedOrigins,
      headersMax: this.#options.headersMax,
    });
    if (!verdict.ok) return verdict.refusal;
    const { request: checked } = verdict;
    const peer = request.socket.remoteAddress ?? '';
    const address = clientAddress(peer, checked.forwardedFor, this.#trusted);
    const network = networkOf(address);
    const nowMs = this.#clock.nowMs();
    if (!this.#byNetwork.take(network, nowMs)) return 'rate.address';
    if (!this.#total.take(nowMs)) return 'rate.total';
    const protocol = selectProtocol(checked.protocols);
    if (protocol === undefined) return 'upgrade.subprotocol';
    const query = new URLSearchParams(checked.query);
    // Plain clients have no positions: the two parameters are the application's there.
    const resume = protocol.lossClose === undefined ? parseResume(query) : 'none';
    if (resume === 'malformed') return 'resume.malformed';
    const place = this.#counts.enter(network);
    if (typeof place === 'string') return place;
    return {
      checked,
      address,
      protocol,
      query,
      place,
      resume: resume === 'none' ? undefined : resume,
    };
  }

  /** The rest: who it is. The place is given back when it is refused. Never rejects. */
  async admit(checked: CheckedAdmission): Promise<Admitted | RefusalCode> {
    const { place, protocol, query, resume } = checked;
    const { authorization, protocols, path } = checked.checked;
    const credentials = { authorization, protocols, query };
    const result = await this.#within(authenticate(credentials, this.#rules, this.#clock));
    const refusal = result.ok ? this.#counts.identify(place, result.identity.user) : result.refusal;
    if (!result.ok || refusal !== undefined) {
      this.leave(place);
      return refusal ?? 'auth.invalid';
    }
    const { identity } = result;
    const about: SessionAbout = {
      user: identity.user,
      path,
      query: publicQuery(query),
      subprotocol: protocols.includes(protocol.subprotocol) ? protocol.subprotocol : '',
      address: checked.address,
    };
    return { identity, protocol, resume, about, place };
  }

  #within(result: Promise<AuthResult>): Promise<AuthResult> {
    return new Promise((resolve) => {
      const late: AuthResult = { ok: false, refusal: 'auth.unavailable' };
      const cancel = this.#clock.after(this.#options.authTimeoutMs, () => resolve(late));
      const settle = (answer: AuthResult): void => {
        cancel();
        resolve(answer);
      };
      result.then(settle, () => settle(late));
    });
  }
}

export interface CheckedAdmission {
  readonly checked: CheckedUpgrade;
  readonly address: string;
  readonly protocol: ClientProtocol;
  readonly query: URLSearchParams;
  readonly resume: ResumeRequest | undefined;
  readonly place: Place;
}

/** What the pure checks look at. */
export function upgradeRequestOf(request: IncomingMessage): UpgradeRequest {
  return {
    method: request.method ?? '',
    httpVersion: request.httpVersion,
    target: request.url ?? '',
    rawHeaders: request.rawHeaders,
  };
}

function authRules(options: GatewayOptions, keys: TokenKeys | undefined): AuthRules {
  return {
    keys,
    issuer: options.jwtIssuer,
    audience: options.jwtAudience,
    clockSkewMs: options.clockSkewMs,
    allowsQueryToken: options.allowsQueryToken,
    routeBy: options.routeBy,
    tokenBytesMax: options.tokenBytesMax,
  };
}
