/** What HAProxy sees of a gateway: two ports, a readiness that a test decides, sockets that echo. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';

export class StandInGateway {
  isReady = true;
  /** Handshakes are answered 503, as a gateway without a view does. */
  refusesHandshakes = false;
  refused = 0;
  /** Requests to the admin port but for the health checks, as they arrived. */
  readonly adminRequests: IncomingMessage[] = [];
  readonly handshakes: IncomingMessage[] = [];
  readonly #sockets = new WebSocketServer({ noServer: true });
  readonly #servers: Server[] = [];

  async listen(address: string): Promise<this> {
    const admin = createServer((request, response) => {
      if (request.url === '/readyz') return void response.writeHead(this.isReady ? 200 : 503).end();
      this.adminRequests.push(request);
      response.end('admin');
    });
    const clients = createServer();
    clients.on('upgrade', (request, socket, head) => {
      if (this.refusesHandshakes) {
        this.refused += 1;
        socket.end('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n');
        return;
      }
      this.handshakes.push(request);
      this.#sockets.handleUpgrade(request, socket, head, (accepted) => this.#echo(accepted));
    });
    for (const [server, port] of [
      [clients, 8080],
      [admin, 8081],
    ] as const) {
      this.#servers.push(server);
      server.listen(port, address);
      await once(server, 'listening');
    }
    return this;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    for (const server of this.#servers) {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    }
  }

  get openSockets(): number {
    return this.#sockets.clients.size;
  }

  #echo(socket: WebSocket): void {
    socket.on('message', (message) => socket.send(message));
  }
}
