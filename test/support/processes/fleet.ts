/**
 * Many clients in a process of their own (`Fleet` in rig.ts starts it): two for each user, at
 * different gateways, and messages from one client after the other.
 */
import { serve } from './control.ts';
import { FleetClient } from './fleet-client.ts';
import { Journal, machineMs } from './journal.ts';

export interface FleetOptions {
  readonly urls: readonly string[];
  readonly users: readonly string[];
  /** The second client of each n-th user is a plain one; 0 = none is. */
  readonly plainEvery: number;
  /** Of all together. */
  readonly messagesPerSecond: number;
  readonly journal: string;
}

export interface FleetCounts {
  readonly clients: number;
  readonly welcome: number;
  /** Welcome at each of the gateways. */
  readonly atGateway: readonly number[];
  readonly sent: number;
  readonly received: number;
  /** Messages without their `accepted` (plain: reply). */
  readonly unanswered: number;
  /** Since anything was received. */
  readonly quietMs: number;
}

const beatMs = 50;
const clientsPerUser = 2;
/** Handshakes at a time: a fleet that begins is not what is tested. */
const connectingMax = 25;

class FleetProcess {
  readonly #options: FleetOptions;
  readonly #journal: Journal;
  readonly #clients: readonly FleetClient[];
  #received = 0;
  #receivedAtMs = machineMs();
  #sent = 0;
  #turn = 0;
  #beat: NodeJS.Timeout | undefined;
  #connected = 0;

  constructor(options: FleetOptions) {
    this.#options = options;
    this.#journal = new Journal(options.journal);
    const { users, plainEvery } = options;
    this.#clients = Array.from({ length: clientsPerUser * users.length }, (_, n) => {
      const at = n % users.length;
      const tab = Math.floor(n / users.length);
      return this.#client(`c${n}`, at, tab, tab === 1 && plainEvery > 0 && at % plainEvery === 0);
    });
  }

  connect(): void {
    for (const client of this.#clients.slice(0, connectingMax)) client.connect();
    this.#connected = connectingMax;
  }

  talk(): void {
    const perBeat = (this.#options.messagesPerSecond * beatMs) / 1000;
    const startMs = machineMs();
    let said = 0;
    this.#beat = setInterval(() => {
      const due = ((machineMs() - startMs) / beatMs) * perBeat;
      for (; said < due; said += 1) this.#say();
    }, beatMs);
  }

  hush(): void {
    clearInterval(this.#beat);
  }

  counts(): FleetCounts {
    this.#journal.flush();
    const welcome = this.#clients.filter(({ isWelcome }) => isWelcome);
    return {
      clients: this.#clients.length,
      welcome: welcome.length,
      atGateway: this.#options.urls.map((_, n) => welcome.filter((c) => c.gateway === n).length),
      sent: this.#sent,
      received: this.#received,
      unanswered: this.#clients.reduce((sum, { unanswered }) => sum + unanswered, 0),
      quietMs: machineMs() - this.#receivedAtMs,
    };
  }

  close(): void {
    this.hush();
    for (const client of this.#clients) client.close();
    this.#journal.close();
  }

  #client(name: string, at: number, tab: number, isPlain: boolean): FleetClient {
    const { urls, users } = this.#options;
    let isFirst = true;
    return new FleetClient({
      ...{ name, user: users[at] ?? '', isPlain, urls, home: (at + tab) % urls.length },
      journal: this.#journal,
      onWelcome: () => {
        if (!isFirst) return;
        isFirst = false;
        this.#clients[this.#connected]?.connect();
        this.#connected += 1;
      },
      onReceived: () => {
        this.#received += 1;
        this.#receivedAtMs = machineMs();
      },
    });
  }

  #say(): void {
    const { users } = this.#options;
    const tab = Math.floor(this.#turn / users.length) % clientsPerUser;
    const client = this.#clients[(this.#turn % users.length) + tab * users.length];
    this.#turn += 1;
    if (client?.send()) this.#sent += 1;
  }
}

let fleet: FleetProcess | undefined;

const started = (): FleetProcess => {
  if (fleet === undefined) throw new Error('not started');
  return fleet;
};

const commands = {
  start: (options: FleetOptions) => {
    fleet = new FleetProcess(options);
    fleet.connect();
  },
  talk: (_: null) => started().talk(),
  hush: (_: null) => started().hush(),
  counts: (_: null) => started().counts(),
  close: (_: null) => started().close(),
};
export type FleetCommands = typeof commands;
serve(commands);
