/**
 * The life of one connection as a pure step function; `connection.ts` runs it over a pipe.
 *
 *   dialler    connecting ─ opened → challenge.awaited ─ CHALLENGE → welcome.awaited ─ WELCOME ┐
 *                                                                                            linked
 *   acceptor   hello.awaited ─ HELLO → proof.awaited ─ PROOF → admission.awaited ─ admitted ───┘
 *
 * Every phase but `linked` and `closed` has a deadline; `linked` dies of silence. Any phase goes
 * to `closed` by a failure, and stays there.
 */
import { unreachable } from '../base/index.ts';
import { LinkError } from './errors.ts';
import { protocolVersion } from './frame.ts';
import { type Challenge, type HandshakeMessage, type Hello, macOf } from './handshake.ts';
import { admitted, declined, proven, welcomed } from './judge.ts';
import {
  closed,
  type LinkContext,
  type LinkInput,
  type LinkState,
  type LinkStep,
  refused,
} from './link-types.ts';

export function initialState(context: LinkContext, nowMs: number): LinkState {
  return context.wanted === undefined
    ? { phase: 'hello.awaited', deadlineMs: nowMs + context.limits.handshakeTimeoutMs }
    : { phase: 'connecting', deadlineMs: nowMs + context.limits.connectTimeoutMs };
}

/** Total: whatever comes in whatever phase, the answer is a state and effects, never a throw. */
export function step(
  context: LinkContext,
  state: LinkState,
  input: LinkInput,
  nowMs: number,
): LinkStep {
  if (state.phase === 'closed') return { state, effects: [] };
  switch (input.kind) {
    case 'opened':
      return opened(context, state, nowMs);
    case 'said':
      return said(context, state, input.message, nowMs);
    case 'admitted':
      return admitted(context, state, input.isDuplicate, nowMs);
    case 'heard':
      return {
        state: state.phase === 'linked' ? { ...state, heardAtMs: nowMs } : state,
        effects: [],
      };
    case 'tick':
      return ticked(context, state, input.stalledMs, nowMs);
    case 'failed':
      // A broken version or frame before the link is answered, so that the other end can say why.
      return input.error.code === 'link.version_unsupported'
        ? refused('version', input.error)
        : closed(input.error);
    default:
      return unreachable(input);
  }
}

function opened(context: LinkContext, state: LinkState, nowMs: number): LinkStep {
  if (state.phase !== 'connecting' || context.wanted === undefined) return { state, effects: [] };
  const hello: Hello = { type: 'HELLO', ...opening(context), to: context.wanted };
  const deadlineMs = nowMs + context.limits.handshakeTimeoutMs;
  return {
    state: { phase: 'challenge.awaited', deadlineMs, hello },
    effects: [{ kind: 'say', message: hello }],
  };
}

function said(
  context: LinkContext,
  state: LinkState,
  message: HandshakeMessage,
  nowMs: number,
): LinkStep {
  switch (message.type) {
    case 'HELLO':
      if (state.phase === 'hello.awaited') return challenged(context, state.deadlineMs, message);
      break;
    case 'CHALLENGE':
      if (state.phase === 'challenge.awaited') {
        const transcript = { hello: state.hello, challenge: message };
        const mac = macOf(context.secret, 'dialler', transcript);
        return {
          state: { phase: 'welcome.awaited', deadlineMs: state.deadlineMs, said: transcript },
          effects: [{ kind: 'say', message: { type: 'PROOF', mac } }],
        };
      }
      break;
    case 'PROOF':
      if (state.phase === 'proof.awaited') return proven(context, state, message.mac);
      break;
    case 'WELCOME':
      if (state.phase === 'welcome.awaited') {
        return welcomed(context, state.said, message.mac, nowMs);
      }
      break;
    case 'REFUSED':
      return declined(context, state, message);
    default:
      return unreachable(message);
  }
  return closed(new LinkError('link.unexpected_type', `${message.type} in phase ${state.phase}`));
}

function challenged(context: LinkContext, deadlineMs: number, hello: Hello): LinkStep {
  const challenge: Challenge = { type: 'CHALLENGE', ...opening(context) };
  return {
    state: { phase: 'proof.awaited', deadlineMs, said: { hello, challenge } },
    effects: [{ kind: 'say', message: challenge }],
  };
}

function ticked(
  { limits }: LinkContext,
  state: Exclude<LinkState, { phase: 'closed' }>,
  stalledMs: number,
  nowMs: number,
): LinkStep {
  if (state.phase !== 'linked') {
    if (nowMs < state.deadlineMs) return { state, effects: [] };
    const option = state.phase === 'connecting' ? 'connectTimeoutMs' : 'handshakeTimeoutMs';
    return closed(
      new LinkError('link.handshake_timeout', `${state.phase} for ${option} ${limits[option]}`),
    );
  }
  // Silence counts only while this process was there to hear.
  const heardAtMs = Math.min(nowMs, state.heardAtMs + stalledMs);
  const silentMs = limits.heartbeatIntervalMs * limits.heartbeatMissesMax;
  if (nowMs - heardAtMs < silentMs) return { state: { ...state, heardAtMs }, effects: [] };
  return closed(
    new LinkError(
      'link.silent',
      `nothing from ${state.peer.boot} for ${silentMs} ms ` +
        `(heartbeatIntervalMs ${limits.heartbeatIntervalMs} × ${limits.heartbeatMissesMax})`,
    ),
  );
}

function opening({ me, nonce }: LinkContext) {
  const { role, boot, cluster } = me;
  return { magic: 'RGWY', version: protocolVersion, nonce, role, boot, cluster } as const;
}
