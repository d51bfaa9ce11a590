/**
 * Evaluates an Erlang expression inside a broker, by `erl_call`: some milliseconds, where
 * `rabbitmqctl` takes half a second, and exact, where the management plugin's figures are seconds
 * old (and the plugin makes every orderly stop five seconds longer).
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** A broker as Erlang's own programs reach it. */
export interface ErlangNode {
  /** The path of `erl_call`. */
  readonly erlCall: string;
  readonly name: string;
  /** With HOME (the cookie's folder) and ERL_EPMD_PORT. */
  readonly env: Readonly<Record<string, string>>;
}

const callDeadlineMs = 20_000;

/** The last call to each node. All calls have one name there, and a second one at a time is refused. */
const lastCalls = new Map<string, Promise<unknown>>();

/** Resolves with the expression's value, which must be fit for JSON (lists of bytes are not text:
 * text is a binary). @throws Error with Erlang's own words when it fails. */
export function evaluateErlang(node: ErlangNode, expression: string): Promise<unknown> {
  const before = lastCalls.get(node.name) ?? Promise.resolve();
  const call = before.then(() => evaluate(node, expression));
  lastCalls.set(
    node.name,
    call.catch(() => undefined),
  );
  return call;
}

async function evaluate(node: ErlangNode, expression: string): Promise<unknown> {
  // Base64, because erl_call does not escape what it prints.
  const program = `binary_to_list(base64:encode(rabbit_json:encode(begin ${expression} end))).`;
  const child = spawn(node.erlCall, ['-sname', node.name, '-e'], {
    env: node.env,
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: callDeadlineMs,
    killSignal: 'SIGKILL',
  });
  let output = '';
  child.stdout.on('data', (bytes) => (output += bytes));
  child.stderr.on('data', (bytes) => (output += bytes));
  child.stdin.on('error', () => undefined);
  // Its form ends at a dot at the end of a line.
  child.stdin.end(`${program}\n`);
  const [code, signal] = await once(child, 'close');
  const encoded = /^\{ok, "([A-Za-z0-9+/=]*)"\}$/.exec(output.trim())?.[1];
  if (encoded === undefined) {
    const ended = signal === null ? `status ${code}` : `not within ${callDeadlineMs} ms`;
    throw new Error(`in ${node.name} (${ended}): ${expression}\n${output}`);
  }
  return JSON.parse(Buffer.from(encoded, 'base64').toString());
}

/** Text as an Erlang binary. */
export function binary(text: string): string {
  return `<<${[...Buffer.from(text)].join(',')}>>`;
}
