/** The words that every folder shares (docs/glossary.md), flavoured so that they do not mix. */
import type { Flavor } from './flavor.ts';

/** One of the equal segments of the hash circle: 0 … slotCount − 1. */
export type Slot = Flavor<number, 'slot'>;
/** Number of a claim on a slot; rises for ever within one cluster id: the fencing token. */
export type Term = Flavor<number, 'term'>;
/** Place of a record in a slot's log, contiguous across terms. */
export type Idx = Flavor<number, 'idx'>;
/** Number of a key's record in its epoch. */
export type Offset = Flavor<number, 'offset'>;
/** One life of a process: `<id>@<sequence number of its first registration>`. */
export type BootId = Flavor<string, 'boot'>;
/** Identity of a key's log on the wire and in resume strings: `<cluster>-<slot epoch>-<born>`. */
export type KeyEpoch = Flavor<string, 'keyEpoch'>;

/** The configured id inside a boot identity. */
export function memberIdOf(boot: BootId): string {
  return boot.slice(0, boot.lastIndexOf('@'));
}

/** The sequence number in a boot identity: of two boots of one id the higher one wins. */
export function bootNumberOf(boot: BootId): number {
  return Number(boot.slice(boot.lastIndexOf('@') + 1));
}
