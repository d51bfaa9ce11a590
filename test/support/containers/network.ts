/**
 * A compose network on this machine: every container has an address under 127.0.0.0/8, and a file
 * and a name server know who is where: services by their name (all their containers), containers
 * by their host name.
 */
import { createHash } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeServerFolder } from '../servers/test-folder.ts';
import { NameServer } from './name-server.ts';

export interface Place {
  readonly hostName: string;
  readonly address: string;
}

export class Network {
  readonly #folder = makeServerFolder('network');
  readonly #names = new Map<string, readonly string[]>();
  readonly #nameServer = new NameServer((name) => this.#names.get(name) ?? []);
  #lastNumber = 1;
  /** `address:port`, once started. */
  nameServer = '';

  get hostsFile(): string {
    return join(this.#folder, 'hosts.json');
  }

  async start(): Promise<void> {
    this.nameServer = await this.#nameServer.listen(this.#newAddress());
  }

  async stop(): Promise<void> {
    await this.#nameServer.close();
    rmSync(this.#folder, { recursive: true });
  }

  /** A place for one more container of a service. */
  join(service: string, hostName?: string): Place {
    const address = this.#newAddress();
    // As Docker names them: twelve hexadecimal digits.
    const digest = createHash('sha256').update(`${service} ${address}`).digest('hex');
    const name = hostName ?? digest.slice(0, 12);
    this.#set(service, [...(this.#names.get(service) ?? []), address]);
    this.#set(name, [address]);
    return { hostName: name, address };
  }

  /** Nobody finds it any more. */
  leave(service: string, { hostName, address }: Place): void {
    this.#set(
      service,
      (this.#names.get(service) ?? []).filter((each) => each !== address),
    );
    this.#names.delete(hostName);
    this.#write();
  }

  #set(name: string, addresses: readonly string[]): void {
    if (addresses.length === 0) this.#names.delete(name);
    else this.#names.set(name, addresses);
    this.#write();
  }

  #write(): void {
    writeFileSync(this.hostsFile, JSON.stringify(Object.fromEntries(this.#names)));
  }

  /** Test processes side by side have networks of their own. */
  #newAddress(): string {
    this.#lastNumber += 1;
    return `127.${100 + (process.pid % 100)}.${(process.pid >> 7) % 250}.${this.#lastNumber}`;
  }
}
