/** What Prometheus sees of the memory that a worker's logs take. */
import { Counter, Gauge, type Registry } from 'prom-client';
import type { MemoryReport } from './memory.ts';
import type { SlotCounts } from './status.ts';

export function registerMemory(
  registry: Registry,
  memory: () => MemoryReport,
  slots: () => SlotCounts,
): void {
  const registers = [registry];
  new Gauge({
    name: 'ringway_worker_log_bytes',
    help: 'estimated bytes of the logs held here, by role',
    labelNames: ['role'],
    registers,
    collect() {
      const { ownedBytes, copiedBytes } = slots();
      this.set({ role: 'owner' }, ownedBytes);
      this.set({ role: 'copy' }, copiedBytes);
    },
  });
  new Gauge({
    name: 'ringway_worker_memory_bytes_max',
    help: 'bytes of logs above which some are forgotten early',
    registers,
    collect() {
      this.set(memory().bytesMax);
    },
  });
  const total = (
    name: string,
    help: string,
    label: string,
    read: () => Readonly<Record<string, number>>,
  ): void => {
    new Counter({
      ...{ name: `ringway_worker_${name}_total`, help, labelNames: [label], registers },
      collect() {
        this.reset();
        for (const [value, count] of Object.entries(read())) this.inc({ [label]: value }, count);
      },
    });
  };
  total('keys_forgotten', 'keys of owned slots that were forgotten, by reason', 'reason', () => {
    const { evictedIdle, evictedForMemory } = memory();
    return { idle: evictedIdle, memory: evictedForMemory };
  });
  total('memory_refusals', 'what was refused or shortened for want of memory', 'what', () => {
    const { refusedEvents, delayedSessions, trims } = memory();
    return { event: refusedEvents, session: delayedSessions, window: trims };
  });
}
