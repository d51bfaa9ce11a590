/**
 * Names of ephemeral nodes, `<id>-<sequence number, ten digits>`, as ZooKeeper makes them, and
 * the boot identity that the name of a process's first node gives.
 */
import { assert, type BootId } from '../base/index.ts';

const sequenceDigits = 10;

export function nodeName(id: string, sequence: number): string {
  return `${id}-${String(sequence).padStart(sequenceDigits, '0')}`;
}

/** `w-1-0000000007` → `w-1@7`. */
export function bootOfName(name: string): BootId {
  const cut = name.length - sequenceDigits - 1;
  const sequence = name.slice(cut + 1);
  assert(cut > 0 && name[cut] === '-' && /^\d+$/.test(sequence), `node name ${name}`);
  return `${name.slice(0, cut)}@${Number(sequence)}`;
}
