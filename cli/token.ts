/** `ringway token`: a signed token for trying things out, so that nobody needs a login server. */
import { SignJWT } from 'jose';
import { systemClock } from '../base/index.ts';
import { type Command, command, exitCodes } from './command.ts';
import { integer, optionalText, text } from './option-kinds.ts';

const options = {
  user: text({
    about: 'The user: becomes the claim `sub`, so the key is user:<sub>',
    placeholder: '<name>',
    fallback: 'alice',
    pattern: /^.{1,256}$/s,
    expected: '1 to 256 characters',
  }),
  jwtSecret: optionalText({
    about: 'Shared secret of at least 32 characters, the one that the gateways were given',
    placeholder: '<secret>',
    fallbackText: 'none; required',
    isSecret: true,
    pattern: /^.{32,}$/s,
    expected: 'at least 32 characters',
  }),
  ttlS: integer({
    about: 'Seconds until the token expires',
    placeholder: '<seconds>',
    fallback: 3600,
    min: 1,
    max: 30 * 86_400,
  }),
};

export const tokenCommand: Command = command({
  name: 'token',
  summary: 'Print a signed development token (JWT, HS256)',
  details: [
    'For development: a production login issues its own tokens and knows the secret or key.',
    '  ringway token --user alice --jwt-secret "$SECRET"',
  ],
  words: [],
  options,
  async run({ values }, terminal) {
    if (values.jwtSecret === undefined) {
      terminal.err(
        '--jwt-secret (or RINGWAY_JWT_SECRET) is missing: a token needs a secret to sign with',
      );
      return exitCodes.misused;
    }
    terminal.out(await signToken(values.user, values.jwtSecret, values.ttlS));
    return exitCodes.done;
  },
});

/** A token that a gateway with the same secret accepts for `user`. */
export async function signToken(user: string, secret: string, ttlS: number): Promise<string> {
  const nowS = Math.floor(systemClock.wallMs() / 1000);
  return new SignJWT({})
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(user)
    .setIssuedAt(nowS)
    .setExpirationTime(nowS + ttlS)
    .sign(new TextEncoder().encode(secret));
}
