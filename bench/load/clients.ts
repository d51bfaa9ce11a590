/**
 * The clients of a benchmark in a process of their own: one `ringway.v1` connection for each
 * user. They count what arrives and how long ago it was sent, and say things themselves.
 */
import { serve } from '../../test/support/processes/control.ts';
import { quantileOf } from '../harness/statistics.ts';
import { LeanSocket } from './lean-socket.ts';
import { machineUs } from './machine-time.ts';

export interface OpenOptions {
  /** Of a gateway's clients' end. */
  readonly url: string;
  readonly users: readonly string[];
}

/** How clients talk: each with so many messages under way, or all together so many per second. */
export type Talk = { readonly inFlight: number } | { readonly perSecond: number };

export interface Heard {
  /** Events and replies since `begin`. */
  readonly received: number;
  readonly elapsedUs: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

interface Told {
  readonly op: string;
  readonly error?: string;
  readonly recovered?: boolean;
  readonly data?: { readonly at?: number };
}

const connectingMax = 32;
const beatMs = 2;

class Client {
  readonly #crowd: Crowd;
  #socket: LeanSocket | undefined;
  #said = 0;

  constructor(crowd: Crowd) {
    this.#crowd = crowd;
  }

  async open(url: string): Promise<void> {
    this.#socket = await LeanSocket.open({
      url,
      protocol: 'ringway.v1',
      onText: (text) => this.#hear(text),
      onEnd: () => this.#crowd.ended(),
    });
  }

  say(): void {
    this.#said += 1;
    this.#crowd.said += 1;
    const data = `{"at":${machineUs()},"text":"a line of chat, of sixty-four bytes or so"}`;
    this.#socket?.send(`{"op":"message","id":${this.#said},"data":${data}}`);
  }

  close(): void {
    this.#socket?.close();
  }

  #hear(text: string): void {
    const heard = JSON.parse(text) as Told | readonly Told[];
    const parts = Array.isArray(heard) ? heard : [heard];
    for (const { op, data, error, recovered } of parts as readonly Told[]) {
      if (error !== undefined) this.#crowd.troubles.failed += 1;
      if (recovered === false) this.#crowd.troubles.toldLoss += 1;
      if (data?.at === undefined || (op !== 'event' && op !== 'reply')) continue;
      this.#crowd.received(data.at);
      if (op === 'reply') this.#crowd.answered(this);
    }
  }
}

class Crowd {
  readonly clients: readonly Client[];
  /** What explains that something does not come; on a machine that is far too busy. */
  readonly troubles = { failed: 0, toldLoss: 0, closed: 0 };
  said = 0;
  #total = 0;
  #latenciesUs: number[] = [];
  #beganAtUs = 0;
  #talk: Talk | undefined;
  #beat: NodeJS.Timeout | undefined;

  constructor(count: number) {
    this.clients = Array.from({ length: count }, () => new Client(this));
  }

  get total(): number {
    return this.#total;
  }

  received(atUs: number): void {
    this.#total += 1;
    this.#latenciesUs.push(machineUs() - atUs);
  }

  answered(client: Client): void {
    if (this.#talk !== undefined && 'inFlight' in this.#talk) client.say();
  }

  ended(): void {
    this.troubles.closed += 1;
  }

  talk(talk: Talk): void {
    this.#talk = talk;
    if ('inFlight' in talk) {
      for (const client of this.clients) for (let n = 0; n < talk.inFlight; n += 1) client.say();
      return;
    }
    const startUs = machineUs();
    let said = 0;
    this.#beat = setInterval(() => {
      const due = ((machineUs() - startUs) / 1e6) * talk.perSecond;
      for (; said < due; said += 1) this.clients[said % this.clients.length]?.say();
    }, beatMs);
  }

  hush(): void {
    clearInterval(this.#beat);
    this.#talk = undefined;
  }

  begin(): void {
    this.#latenciesUs = [];
    this.#beganAtUs = machineUs();
  }

  heard(): Heard {
    const { closed } = this.troubles;
    if (closed > 0) throw new Error(`${closed} sockets were closed`);
    const sorted = Float64Array.from(this.#latenciesUs).sort();
    return {
      received: sorted.length,
      elapsedUs: machineUs() - this.#beganAtUs,
      p50Us: quantileOf(sorted, 0.5),
      p99Us: quantileOf(sorted, 0.99),
    };
  }
}

let crowd: Crowd | undefined;

const opened = (): Crowd => {
  if (crowd === undefined) throw new Error('not opened');
  return crowd;
};

const commands = {
  open: async ({ url, users }: OpenOptions) => {
    crowd = new Crowd(users.length);
    const waiting = users.map((user, at) => [opened().clients[at], user] as const);
    const next = async (): Promise<void> => {
      for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
        await one[0]?.open(`${url}?${new URLSearchParams({ user: one[1] })}`);
      }
    };
    await Promise.all(Array.from({ length: connectingMax }, next));
  },
  talk: (talk: Talk) => opened().talk(talk),
  hush: (_: null) => opened().hush(),
  begin: (_: null) => opened().begin(),
  heard: (_: null) => opened().heard(),
  /** Events and replies ever received. */
  total: (_: null) => opened().total,
  troubles: (_: null) => opened().troubles,
  /** Messages ever sent. */
  said: (_: null) => opened().said,
};
export type ClientCommands = typeof commands;
serve(commands);
