/** Hosts over pipes in memory or over TCP, with everything they told written down. */
import { expect } from 'chai';
import { type Clock, type Logger, seededRandom, silentLogger } from '../../../base/index.ts';
import { hostOver } from '../../../link/host.ts';
import type { LinkHost, LinkHostOptions } from '../../../link/host-types.ts';
import type { LinkMessage } from '../../../link/messages.ts';
import type { Transport } from '../../../link/pipe.ts';

export const secret = 'a secret of the cluster';

export interface Heard {
  /** `up w-1@1 1`, `down w-1@1 1 link.ended`, `refused w-1@1`, … in order. */
  readonly events: string[];
  readonly messages: LinkMessage[];
  /** Peers that are up now, with the number of the connection. */
  readonly up: Map<string, number>;
}

/** A listener that writes down, and fails the test when ups and downs do not alternate. */
export function scribe(): Heard & { readonly listener: LinkHostOptions['listener'] } {
  const events: string[] = [];
  const messages: LinkMessage[] = [];
  const up = new Map<string, number>();
  let newest = 0;
  const listener: LinkHostOptions['listener'] = {
    onUp: (peer, role, connection) => {
      expect(up.has(peer), `${peer} was up already`).to.equal(false);
      expect(connection).to.be.greaterThan(newest);
      newest = connection;
      up.set(peer, connection);
      events.push(`up ${peer} ${role} ${connection}`);
    },
    onDown: (peer, connection, reason) => {
      expect(up.get(peer), `${peer} down`).to.equal(connection);
      up.delete(peer);
      events.push(`down ${peer} ${connection} ${reason}`);
    },
    onMessage: (peer, connection, message) => {
      expect(up.get(peer), `message of ${peer}`).to.equal(connection);
      messages.push(message);
    },
    onRefused: (peer) => void events.push(`refused ${peer}`),
    onForeignCluster: (peer) => void events.push(`foreign ${peer}`),
    onSuperseded: (older, newer) => void events.push(`superseded ${older} ${newer}`),
  };
  return { events, messages, up, listener };
}

export interface Staged extends Heard {
  readonly host: LinkHost;
  readonly logged: string[];
}

/** A logger that keeps `<level> <event> <code>`. */
export function logInto(lines: string[]): Logger {
  const line =
    (level: string): Logger['info'] =>
    (event, fields) =>
      void lines.push([level, event, fields?.code ?? ''].join(' ').trim());
  return { ...silentLogger, info: line('info'), warn: line('warn'), error: line('error') };
}

export function staged(
  transport: Transport,
  clock: Clock,
  options: Partial<LinkHostOptions> & { readonly seed?: number } = {},
): Staged {
  const { listener, ...heard } = scribe();
  const logged: string[] = [];
  const { seed = 1, ...rest } = options;
  const host = hostOver({
    secret,
    clock,
    random: seededRandom(seed),
    logger: logInto(logged),
    listener,
    ...rest,
    transport,
  });
  return { ...heard, host, logged };
}
