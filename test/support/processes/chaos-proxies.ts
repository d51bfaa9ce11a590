/**
 * The process of the chaos proxies: they must not cost the test's own process, which judges, nor
 * wait for it.
 */
import { ChaosProxy, type TroubleAt } from '../chaos-proxy.ts';
import { serve } from './control.ts';

const proxies = new Map<string, ChaosProxy>();
/** Of proxies that were closed: whoever knew it finds the process there again. */
const ports = new Map<string, number>();

const named = (name: string): ChaosProxy => {
  const proxy = proxies.get(name);
  if (proxy === undefined) throw new Error(`no proxy ${name}`);
  return proxy;
};

const commands = {
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
  suffered: (name: string) => named(name).suffered(),
};
export type ChaosProxyCommands = typeof commands;
serve(commands);
