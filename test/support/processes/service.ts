/**
 * One process of a cluster, `ringway gateway` or `ringway worker`, as it is shipped: started with
 * flags and variables, ready when its own `/readyz` says so, ended by signals.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { builtCommand } from './build.ts';
import { Child, type Ended } from './child.ts';

export interface ServiceOptions {
  readonly kind: 'gateway' | 'worker';
  readonly id: string;
  readonly adminPort: number;
  /** Besides `--id` and `--admin-port`. */
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Hears each line of its log. */
  readonly onLine?: (line: string) => void;
}

export interface Readiness {
  readonly status: string;
  readonly reasons: readonly { readonly code: string }[];
}

const readyDeadlineMs = 40_000;
const exitDeadlineMs = 60_000;
const pollMs = 50;

export class Service {
  readonly kind: ServiceOptions['kind'];
  readonly id: string;
  readonly adminUrl: string;
  readonly child: Child;

  constructor({ kind, id, adminPort, flags, env, ...heard }: ServiceOptions) {
    this.kind = kind;
    this.id = id;
    this.adminUrl = `http://127.0.0.1:${adminPort}`;
    const args = [builtCommand(), kind, '--id', id, '--admin-port', String(adminPort), ...flags];
    this.child = new Child({ name: id, args, env, ...heard });
  }

  /** What `/readyz` says; undefined = it does not answer. */
  async readiness(): Promise<Readiness | undefined> {
    try {
      const answer = await fetch(`${this.adminUrl}/readyz`, { signal: AbortSignal.timeout(2000) });
      return (await answer.json()) as Readiness;
    } catch {
      return undefined;
    }
  }

  untilReady(): Promise<unknown> {
    return this.untilStatus('ready', readyDeadlineMs);
  }

  untilStatus(status: string, deadlineMs: number): Promise<Readiness> {
    let last: Readiness | undefined;
    let isFirst = true;
    const probe = async (): Promise<Readiness | undefined> => {
      // Asked without a pause, the question would be a part of the load.
      if (!isFirst) await sleep(pollMs);
      isFirst = false;
      last = await this.readiness();
      return last?.status === status ? last : undefined;
    };
    return this.child.until(`/readyz says ${status}`, probe, deadlineMs).catch((error: Error) => {
      throw new Error(`last answer ${JSON.stringify(last)}; ${error.message}`);
    });
  }

  /** SIGTERM, and its orderly end. */
  async terminate(): Promise<void> {
    this.child.signal('SIGTERM');
    let late: NodeJS.Timeout | undefined;
    const deadline = new Promise<'late'>((resolve) => {
      late = setTimeout(() => resolve('late'), exitDeadlineMs);
    });
    const ended: Ended | 'late' = await Promise.race([this.child.exited, deadline]);
    clearTimeout(late);
    if (ended === 'late') throw this.child.error(`runs ${exitDeadlineMs} ms after SIGTERM`);
    if (ended.code !== 0) throw this.child.error(`SIGTERM: exit ${ended.code ?? ended.signal}`);
  }
}
