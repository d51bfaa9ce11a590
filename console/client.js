/**
 * A small `ringway.v1` client: connects, keeps its place in the stream, and when the socket
 * breaks comes back to exactly that place. Messages that were not answered are sent again under
 * their number, so that each is handled once.
 */

const backoffMs = [200, 400, 800, 1600, 3000];

export class Client {
  #address;
  #user;
  #listener;
  #socket;
  #place;
  #attempts = 0;
  #number = 0;
  #unanswered = new Map();
  #isClosed = false;

  /** `listener`: onState(text, isOpen), onWelcome, onEvent, onReply, onAccepted. */
  constructor({ address, user, listener }) {
    this.#address = address;
    this.#user = user;
    this.#listener = listener;
    this.#dial();
  }

  get user() {
    return this.#user;
  }

  send(data) {
    this.#number += 1;
    const text = JSON.stringify({ op: 'message', id: this.#number, data });
    this.#unanswered.set(this.#number, text);
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(text);
    return this.#number;
  }

  /** Breaks the socket as a bad network would: the client comes back by itself. */
  break() {
    this.#socket?.close(4000, 'broken on purpose');
  }

  close() {
    this.#isClosed = true;
    this.#socket?.close(1000, '');
  }

  #dial() {
    const url = new URL(this.#address);
    url.searchParams.set('user', this.#user);
    if (this.#place !== undefined) {
      url.searchParams.set('resume', `${this.#place.epoch}.${this.#place.offset}`);
      url.searchParams.set('session', this.#place.session);
    }
    const socket = new WebSocket(url, ['ringway.v1']);
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => this.#hear(data));
    socket.addEventListener('close', (event) => this.#onClose(event));
  }

  #hear(text) {
    const frame = JSON.parse(text);
    // Several parts of one record come as one array.
    for (const part of Array.isArray(frame) ? frame : [frame]) this.#hearPart(part);
  }

  #hearPart(part) {
    if (part.op === 'welcome') {
      this.#attempts = 0;
      this.#place = { session: part.session, epoch: part.epoch, offset: part.offset };
      this.#listener.onState('connected', true);
      this.#listener.onWelcome(part);
      for (const unanswered of this.#unanswered.values()) this.#socket.send(unanswered);
    } else {
      if (part.offset !== undefined) this.#place.offset = part.offset + 1;
      if (part.op === 'event') this.#listener.onEvent(part);
      if (part.op === 'reply') this.#listener.onReply(part);
      if (part.op === 'accepted') {
        this.#unanswered.delete(part.id);
        this.#listener.onAccepted(part);
      }
    }
  }

  #onClose({ code, reason }) {
    const isFinal = this.#isClosed || (code >= 4500 && code <= 4999);
    if (isFinal) return this.#listener.onState(`closed (${code} ${reason})`, false);
    const delayMs = backoffMs[Math.min(this.#attempts, backoffMs.length - 1)];
    this.#attempts += 1;
    this.#listener.onState(`broken (${code}), coming back …`, false);
    setTimeout(() => this.#isClosed || this.#dial(), delayMs * (0.5 + Math.random()));
    return undefined;
  }
}
