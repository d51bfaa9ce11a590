/**
 * The resume request of a `ringway.v1` client: `?resume=<epoch>.<offset>&session=<id>`.
 *
 * `offset` is the next record that the client wants: `welcome.offset` at first, then one more
 * than the last `event` or `reply` it has seen. Both parameters come together or not at all.
 * The gateway cannot tell a made-up position from a true one, and need not: a position only
 * says from where on the client's *own* key is replayed, and an unknown epoch is answered
 * `recovered: false`.
 */
import type { KeyEpoch, Offset } from '../base/index.ts';

export interface ResumeRequest {
  readonly session: string;
  readonly position: { readonly epoch: KeyEpoch; readonly next: Offset };
}

const position = /^([A-Za-z0-9][A-Za-z0-9_-]{0,127})\.(0|[1-9][0-9]{0,15})$/;
const sessionId = /^[0-9a-f]{32}$/;

/** The request, `none`, or `malformed` (answered 400). */
export function parseResume(query: URLSearchParams): ResumeRequest | 'none' | 'malformed' {
  const resumes = query.getAll('resume');
  const sessions = query.getAll('session');
  if (resumes.length === 0 && sessions.length === 0) return 'none';
  const [resume] = resumes;
  const [session] = sessions;
  if (resumes.length !== 1 || sessions.length !== 1) return 'malformed';
  if (resume === undefined || session === undefined || !sessionId.test(session)) return 'malformed';
  const [, epoch, digits] = position.exec(resume) ?? [];
  const next = Number(digits);
  if (epoch === undefined || !Number.isSafeInteger(next)) return 'malformed';
  return { session, position: { epoch, next } };
}
