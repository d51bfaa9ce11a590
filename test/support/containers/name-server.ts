/**
 * A DNS server for what Docker's own answers on a compose network: IPv4 addresses of names, several
 * for a service with several containers, nothing for IPv6. HAProxy asks it as it would ask Docker.
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

const typeA = 1;
const answered = 0x8180;
const nameUnknown = 0x8183;
const ttlS = 1;

export class NameServer {
  readonly #socket: Socket = createSocket('udp4');
  readonly #addressesOf: (name: string) => readonly string[];

  constructor(addressesOf: (name: string) => readonly string[]) {
    this.#addressesOf = addressesOf;
    this.#socket.on('message', (query, { port, address }) => {
      const answer = this.#answer(query);
      if (answer !== undefined) this.#socket.send(answer, port, address);
    });
  }

  /** Resolves with `address:port`. */
  async listen(address: string): Promise<string> {
    this.#socket.bind(0, address);
    await once(this.#socket, 'listening');
    return `${address}:${this.#socket.address().port}`;
  }

  async close(): Promise<void> {
    this.#socket.close();
    await once(this.#socket, 'close');
  }

  /** RFC 1035, section 4: header, the question again, one record for each address. */
  #answer(query: Buffer): Buffer | undefined {
    const question = readQuestion(query);
    if (question === undefined) return undefined;
    const addresses = this.#addressesOf(question.name);
    const shown = question.type === typeA ? addresses : [];
    const header = Buffer.alloc(12);
    header.writeUInt16BE(query.readUInt16BE(0), 0);
    header.writeUInt16BE(addresses.length === 0 ? nameUnknown : answered, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(shown.length, 6);
    return Buffer.concat([header, query.subarray(12, question.end), ...shown.map(record)]);
  }
}

interface Question {
  readonly name: string;
  readonly type: number;
  /** Offset of the first byte after it. */
  readonly end: number;
}

function readQuestion(query: Buffer): Question | undefined {
  const labels: string[] = [];
  let at = 12;
  for (;;) {
    const length = query[at];
    if (length === undefined || length > 63) return undefined;
    at += 1;
    if (length === 0) break;
    labels.push(query.toString('latin1', at, at + length));
    at += length;
  }
  if (at + 4 > query.length) return undefined;
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at), end: at + 4 };
}

function record(address: string): Buffer {
  const bytes = Buffer.alloc(16);
  // A pointer to the name in the question.
  bytes.writeUInt16BE(0xc00c, 0);
  bytes.writeUInt16BE(typeA, 2);
  bytes.writeUInt16BE(1, 4);
  bytes.writeUInt32BE(ttlS, 6);
  bytes.writeUInt16BE(4, 10);
  bytes.set(address.split('.').map(Number), 12);
  return bytes;
}
