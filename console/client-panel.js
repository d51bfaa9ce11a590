/** The built-in client: connect as a user, see what arrives with its offsets, send messages. */
import { Client } from './client.js';
import { byId, say } from './dom.js';

const linesMax = 300;

/** `address()`: the public address or undefined; `onEvent(event)`: true = shown elsewhere. */
export function startClientPanel({ address, onEvent, onChange }) {
  let client;
  let isConnected = false;

  const panel = {
    get isConnected() {
      return isConnected;
    },
    /** The key of the user in the field. */
    get key() {
      const user = client?.user ?? byId('user').value;
      return user === '' ? undefined : `user:${user}`;
    },
    onRing() {
      byId('connect').disabled = address() === undefined;
    },
  };

  const onState = (text, isOpen) => {
    isConnected = isOpen;
    say('client-state', text, isOpen);
    byId('send').disabled = !isOpen;
    byId('break').hidden = client === undefined;
    byId('connect').textContent = client === undefined ? 'Connect' : 'Disconnect';
    byId('user').disabled = client !== undefined;
    onChange();
  };

  const listener = {
    onState,
    onWelcome: ({ epoch, offset, recovered, reason }) =>
      log(
        '–',
        recovered
          ? `welcome at ${epoch}.${offset}, nothing missed`
          : `welcome at ${epoch}.${offset}: ${reason}`,
      ),
    onEvent: (event) => {
      if (!onEvent(event)) log(place(event), `${event.type} ${dataOf(event)}`);
    },
    onReply: (reply) => log(place(reply), `reply ${dataOf(reply)}`),
    onAccepted: ({ id, error }) =>
      log('–', error === undefined ? `message ${id} handled` : `message ${id} failed: ${error}`),
  };

  byId('connect-form').addEventListener('submit', (event) => {
    event.preventDefault();
    if (client === undefined) {
      client = new Client({ address: address(), user: byId('user').value, listener });
      byId('key').value = panel.key;
      onState('connecting …', false);
    } else {
      client.close();
      client = undefined;
      onState('not connected', undefined);
    }
  });
  byId('break').addEventListener('click', () => client?.break());
  byId('user').addEventListener('input', onChange);
  byId('send-form').addEventListener('submit', (event) => {
    event.preventDefault();
    const text = byId('message').value;
    const id = client.send(jsonOrText(text));
    log('you', `${text} (message ${id})`);
  });
  return panel;
}

function place({ offset }) {
  return offset === undefined ? '–' : `#${offset}`;
}

function dataOf(frame) {
  return frame.data_base64 ?? JSON.stringify(frame.data);
}

function jsonOrText(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function log(mark, text) {
  const list = byId('client-log');
  const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
  const line = document.createElement('li');
  const span = document.createElement('span');
  span.className = 'mark';
  span.textContent = mark;
  line.append(span, text);
  list.append(line);
  while (list.children.length > linesMax) list.firstElementChild.remove();
  if (isAtEnd) list.scrollTop = list.scrollHeight;
}
