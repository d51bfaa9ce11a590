/**
 * The verdicts of a handshake: what each end makes of the other's proof or refusal. Part of the
 * link's step function; nothing here is reached by a peer that has not said HELLO or CHALLENGE.
 */
import type { BootId } from '../base/index.ts';
import { isLaterBoot } from './contest.ts';
import { LinkError, type LinkErrorCode } from './errors.ts';
import {
  type Challenge,
  type HandshakeMessage,
  type Hello,
  isMac,
  type LinkIdentity,
  macOf,
  type Refusal,
  type Transcript,
} from './handshake.ts';
import {
  closed,
  type LinkContext,
  type LinkEffect,
  type LinkState,
  type LinkStep,
  refused,
} from './link-types.ts';
import type { Bytes } from './messages.ts';

/** The acceptor judges the dialler: first whether it knows the secret, then all else. */
export function proven(
  context: LinkContext,
  state: LinkState & { readonly phase: 'proof.awaited' },
  mac: Bytes,
): LinkStep {
  const { secret, me } = context;
  const { hello } = state.said;
  if (!isMac(mac, secret, 'dialler', state.said)) {
    return refused('auth', new LinkError('link.auth_failed', `${hello.boot} has another secret`));
  }
  if (hello.cluster !== me.cluster) {
    const effects: LinkEffect[] = [{ kind: 'foreign', peer: hello.boot }];
    const error = foreignCluster(hello.boot, hello.cluster, me.cluster);
    return refused(
      'foreign_cluster',
      error,
      proofOf(context, 'foreign_cluster', state.said),
      effects,
    );
  }
  if (hello.to !== me.boot) {
    const error = new LinkError('link.wrong_boot', `${hello.to} was dialled, this is ${me.boot}`);
    return refused('wrong_boot', error, proofOf(context, 'wrong_boot', state.said));
  }
  const peer = identityOf(hello);
  return {
    state: { phase: 'admission.awaited', deadlineMs: state.deadlineMs, said: state.said },
    effects: [{ kind: 'admit', peer }],
  };
}

export function admitted(
  context: LinkContext,
  state: LinkState,
  isDuplicate: boolean,
  nowMs: number,
): LinkStep {
  if (state.phase !== 'admission.awaited') return { state, effects: [] };
  const peer = identityOf(state.said.hello);
  if (isDuplicate) {
    const error = new LinkError('link.duplicate', `my own connection to ${peer.boot} stays`);
    return refused('duplicate', error, proofOf(context, 'duplicate', state.said));
  }
  const mac = macOf(context.secret, 'acceptor', state.said);
  return {
    state: { phase: 'linked', peer, heardAtMs: nowMs },
    effects: [
      { kind: 'say', message: { type: 'WELCOME', mac } },
      { kind: 'up', peer },
    ],
  };
}

/** The dialler judges the acceptor. */
export function welcomed(
  context: LinkContext,
  transcript: Transcript,
  mac: Bytes,
  nowMs: number,
): LinkStep {
  const peer = identityOf(transcript.challenge);
  if (!isMac(mac, context.secret, 'acceptor', transcript)) {
    return closed(new LinkError('link.auth_failed', `${peer.boot} has another secret`));
  }
  if (peer.cluster !== context.me.cluster || peer.boot !== context.wanted) {
    return closed(
      new LinkError('link.wrong_boot', `welcomed by ${peer.boot} instead of ${context.wanted}`),
    );
  }
  return { state: { phase: 'linked', peer, heardAtMs: nowMs }, effects: [{ kind: 'up', peer }] };
}

const refusalCodes: Readonly<Record<Refusal, LinkErrorCode>> = {
  version: 'link.version_unsupported',
  auth: 'link.auth_failed',
  foreign_cluster: 'link.foreign_cluster',
  wrong_boot: 'link.wrong_boot',
  duplicate: 'link.duplicate',
};

/** The dialler was refused; what follows from it counts only if the refusal is proved. */
export function declined(
  context: LinkContext,
  state: LinkState,
  message: HandshakeMessage & { readonly type: 'REFUSED' },
): LinkStep {
  const { refusal, mac } = message;
  const error = new LinkError(refusalCodes[refusal], `refused by the peer: ${message.detail}`);
  if (state.phase !== 'welcome.awaited') return closed(error);
  const { challenge } = state.said;
  const isProved =
    mac !== undefined && isMac(mac, context.secret, `refused ${refusal}`, state.said);
  if (!isProved) return closed(error);
  const isForeign = refusal === 'foreign_cluster' && challenge.cluster !== context.me.cluster;
  if (isForeign) return closed(error, [{ kind: 'foreign', peer: challenge.boot }]);
  const older = context.wanted;
  if (refusal === 'wrong_boot' && older !== undefined && isLaterBoot(challenge.boot, older)) {
    return closed(error, [{ kind: 'superseded', older, newer: challenge.boot }]);
  }
  return closed(error);
}

function proofOf(context: LinkContext, refusal: Refusal, transcript: Transcript): Bytes {
  return macOf(context.secret, `refused ${refusal}`, transcript);
}

function identityOf({ boot, role, cluster }: Hello | Challenge): LinkIdentity {
  return { boot, role, cluster };
}

function foreignCluster(boot: BootId, theirs: string, mine: string): LinkError {
  return new LinkError('link.foreign_cluster', `${boot} serves cluster ${theirs}, not ${mine}`);
}
