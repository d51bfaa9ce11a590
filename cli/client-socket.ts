/** The client end of a WebSocket: the only other file than the gateway's that knows `ws`. */
import WebSocket from 'ws';

export interface ClientSocketListener {
  onText(text: string): void;
  /** Always called once, also when the connection never came about; then `problem` says why. */
  onClose(code: number, reason: string, problem: string): void;
}

export interface ClientSocket {
  send(text: string): void;
  close(code: number): void;
}

export interface Dial {
  readonly address: string;
  readonly token: string | undefined;
  readonly handshakeTimeoutMs: number;
}

export function openSocket(dial: Dial, listener: ClientSocketListener): ClientSocket {
  const socket = new WebSocket(dial.address, ['ringway.v1'], {
    handshakeTimeout: dial.handshakeTimeoutMs,
    maxPayload: 1024 * 1024,
    ...(dial.token === undefined ? {} : { headers: { authorization: `Bearer ${dial.token}` } }),
  });
  let problem = '';
  socket.on('message', (bytes: Buffer) => listener.onText(bytes.toString('utf8')));
  socket.on('error', (error) => {
    problem = error.message;
  });
  socket.on('close', (code, reason) => listener.onClose(code, reason.toString('utf8'), problem));
  return {
    send: (text) => socket.send(text),
    close: (code) => socket.close(code),
  };
}
