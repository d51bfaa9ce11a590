/**
 * `ringway connect`: a client in the terminal. Prints what arrives, sends the lines typed, and
 * shows what a client of the cluster experiences while workers come and go: nothing.
 */
import { messageOf, systemClock, systemRandom } from '../base/index.ts';
import { type ClientEvent, ClientSession } from './client-session.ts';
import { openSocket } from './client-socket.ts';
import { type Command, command, type ExitCode, exitCodes, type Terminal } from './command.ts';
import { optionalText, text, toggle, url } from './option-kinds.ts';

const options = {
  url: url({
    about: 'Public address of a gateway',
    placeholder: '<url>',
    fallback: 'ws://127.0.0.1:8080/ws',
    schemes: ['ws', 'wss'],
  }),
  user: text({
    about: 'Who to be at a gateway without authentication, such as that of `ringway up`',
    placeholder: '<name>',
    fallback: 'alice',
  }),
  token: optionalText({
    about: 'Token to show instead of a user name; prefer the variable, flags are seen by others',
    placeholder: '<jwt>',
    isSecret: true,
  }),
  json: toggle('Print each frame as one line of JSON'),
};

export const connectCommand: Command = command({
  name: 'connect',
  summary: 'Be a client: print what arrives, send the lines typed',
  details: [
    'A line that is JSON is sent as it is, any other as a JSON string. Ctrl-D or Ctrl-C ends it.',
    'When the socket breaks it comes back by itself to the place where it was.',
    '  ringway connect --user alice',
  ],
  words: [],
  options,
  async run({ values }, terminal) {
    const print = values.json ? JSON.stringify : describe;
    let stop = (_code: ExitCode): void => undefined;
    const stopped = new Promise<ExitCode>((resolve) => {
      stop = resolve;
    });
    let hasWelcome = false;
    const session = new ClientSession({
      address: values.url,
      user: values.token === undefined ? values.user : undefined,
      token: values.token,
      clock: systemClock,
      random: systemRandom,
      open: openSocket,
      listener: {
        onFrame: (frame) => {
          hasWelcome = true;
          terminal.out(print(frame));
        },
        onBroken: (why, delayMs) => terminal.err(`-- ${why}; again in ${delayMs} ms`),
        onClosed: (why) => {
          if (!hasWelcome) terminal.err(`ringway connect: ${values.url}: ${why}`);
          stop(hasWelcome ? exitCodes.done : exitCodes.unreachable);
        },
      },
    });
    const forget = terminal.onSignal(() => session.close());
    const sending = sendLines(session, terminal);
    const code = await stopped;
    forget();
    terminal.closeLines();
    await sending;
    return code;
  },
});

/** Ends the session when there is nothing more to say and all of it was answered. */
async function sendLines(session: ClientSession, terminal: Terminal): Promise<void> {
  for await (const line of terminal.lines) {
    if (line.trim() === '') continue;
    try {
      session.send(jsonOrText(line));
    } catch (error) {
      terminal.err(messageOf(error));
    }
  }
  session.closeWhenAnswered();
}

function jsonOrText(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return line;
  }
}

function describe(frame: ClientEvent): string {
  const data = frame.data_base64 ?? JSON.stringify(frame.data);
  const offset = frame.offset === undefined ? '' : `#${frame.offset} `;
  switch (frame.op) {
    case 'welcome': {
      const how = frame.recovered === true ? 'nothing missed' : `new start: ${frame.reason}`;
      return `-- ${frame.key} at ${frame.epoch}.${frame.offset} (${how})`;
    }
    case 'event':
      return `${offset}${frame.type} ${data}`;
    case 'reply':
      return `${offset}reply ${data}`;
    case 'accepted':
      return frame.error === undefined
        ? `-- message ${frame.id} handled`
        : `-- message ${frame.id} failed: ${frame.error}`;
    default:
      return `-- ${JSON.stringify(frame)}`;
  }
}
