/** `ringway health`: whether a gateway or worker is ready, as an exit code, for health checks. */
import { isServing, isWildcard, type Readiness } from '../base/index.ts';
import { askReadiness } from './admin-client.ts';
import { type Command, command, exitCodes } from './command.ts';
import { integer, optionalText, port, text } from './option-kinds.ts';
import type { Values } from './options.ts';

const options = {
  url: optionalText({
    about: 'Address of the admin port, instead of --admin-host and --admin-port',
    placeholder: '<url>',
    pattern: /^https?:\/\/[^\s/]+\/?$/,
    expected: 'an address like http://127.0.0.1:8081',
  }),
  adminHost: text({
    about: 'As the gateway or worker has it; 0.0.0.0 and :: are asked on loopback',
    placeholder: '<address>',
    fallback: '127.0.0.1',
  }),
  adminPort: port(8081, 'As the gateway or worker has it'),
  timeoutMs: integer({
    about: 'Milliseconds to wait for the answer',
    placeholder: '<ms>',
    fallback: 3000,
    min: 1,
    max: 600_000,
  }),
};

export const healthCommand: Command = command({
  name: 'health',
  summary: 'Say whether a gateway or worker is ready, by exit code',
  details: [
    'Exit code 0 when it is ready or degraded, 1 when it is starting or draining, 3 when it does',
    'not answer. For the health check of a container, with the variables of the process itself.',
  ],
  words: [],
  options,
  async run({ values }, terminal) {
    const readiness = await askReadiness(urlOf(values), values.timeoutMs);
    for (const line of readinessLines(readiness)) terminal.out(line);
    return isServing(readiness) ? exitCodes.done : exitCodes.failed;
  },
});

function urlOf({ url, adminHost, adminPort }: Values<typeof options>): string {
  if (url !== undefined) return url;
  const loopback = adminHost.includes(':') ? '[::1]' : '127.0.0.1';
  const host = adminHost.includes(':') ? `[${adminHost}]` : adminHost;
  return `http://${isWildcard(adminHost) ? loopback : host}:${adminPort}`;
}

function readinessLines({ status, reasons }: Readiness): readonly string[] {
  return [status, ...reasons.map(({ code, message }) => `  ${message} [${code}]`)];
}
