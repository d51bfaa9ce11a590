/**
 * A connection that carries several keys: one session for each, with a position of its own. They
 * come to the same gateway together and go together; nothing else ties them.
 */
import type { Client } from './client.ts';
import type { GatewayProcess } from './gateway-process.ts';

export class Bundle {
  readonly #members: Client[] = [];
  #gateway: GatewayProcess | undefined;

  add(client: Client): void {
    this.#members.push(client);
  }

  /** Where all of them go, until the connection ends. */
  gatewayOf(draw: () => GatewayProcess | undefined): GatewayProcess | undefined {
    if (this.#gateway?.isAlive !== true || this.#gateway.isDraining) this.#gateway = draw();
    return this.#gateway;
  }

  connect(): void {
    for (const member of this.#members) member.connectSession();
  }

  disconnect(isClean: boolean): void {
    this.#gateway = undefined;
    for (const member of this.#members) member.disconnectSession(isClean);
  }
}
