/**
 * The process of the chaos proxies: they must not cost the test's own process, which judges, nor
 * wait for it.
 */
import { ChaosProxy, type TroubleAt } from '../chaos-proxy.ts';
import { LinkTap } from '../link-tap.ts';
import { serve } from './control.ts';
import { TermWatch } from './term-watch.ts';

const proxies = new Map<string, ChaosProxy>();
/** Of proxies that were closed: whoever knew it finds the process there again. */
const ports = new Map<string, number>();

const named = (name: string): ChaosProxy => {
  const proxy = proxies.get(name);
  if (proxy === undefined) throw new Error(`no proxy ${name}`);
  return proxy;
};

/** Relays that read what they pass on, in place of proxies that only carry it. */
const taps = new Map<string, LinkTap>();
const watch = new TermWatch();

/** What was said under terms of before, as the test asks for it. */
export interface SaidWish {
  readonly types: readonly string[];
  /** Slots and their terms. */
  readonly terms: readonly (readonly [number, number])[];
  /** As `now` gave it. */
  readonly sinceMs: number;
}

const commands = {
  /** @returns its address */
  tap: async ({ name, target }: { name: string; target: number }): Promise<string> => {
    const tap = await LinkTap.start(target, watch.take);
    taps.set(name, tap);
    return tap.address;
  },
  untap: async (name: string) => {
    await taps.get(name)?.close();
    taps.delete(name);
  },
  /** Begins to keep what is said. @returns the time of its clock */
  watch: (_: null): number => {
    watch.begin();
    return performance.now();
  },
  now: (_: null): number => performance.now(),
  said: ({ types, terms, sinceMs }: SaidWish): number =>
    watch.said(types, new Map(terms), sinceMs).length,
  /** @returns its port */
  open: async ({ name, target }: { name: string; target: number }): Promise<number> => {
    const proxy = await ChaosProxy.start(target, ports.get(name) ?? 0);
    proxies.set(name, proxy);
    ports.set(name, proxy.port);
    return proxy.port;
  },
  close: async (name: string) => {
    await proxies.get(name)?.close();
    proxies.delete(name);
  },
  trouble: ({ name, at }: { name: string; at?: TroubleAt }) => named(name).trouble(at),
  diallers: (name: string) => named(name).diallers(),
  suffered: (name: string) => named(name).suffered(),
};
export type ChaosProxyCommands = typeof commands;
serve(commands);
