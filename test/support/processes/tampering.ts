/**
 * Faults to plant in a recorded history on its way into the judge: in the middle of it, where a
 * client has received enough for a loss and a swap to show.
 */
import type { HistoryEntry } from '../history-entry.ts';
import type { Tamper } from './judge.ts';

type Received = Extract<HistoryEntry, { kind: 'event.received' }>;

export interface PlantedFault {
  readonly name: string;
  readonly tamper: Tamper;
  /** A line of the verdict. */
  readonly finds: RegExp;
}

/** In the history of each of these clients its n-th event is the one that suffers. */
const client = 'c3';
const nth = 20;

export function plantedFaults(): readonly PlantedFault[] {
  return [
    {
      name: 'a loss',
      tamper: atNth(() => []),
      finds: /^loss: c3 \S+: confirmed, .* not received$/m,
    },
    { name: 'a repeat', tamper: atNth((entry) => [entry, entry]), finds: /^repeat: c3 /m },
    { name: 'a swap', tamper: swap(), finds: /^reorder: c3 /m },
    {
      name: "another user's event",
      tamper: (entry) => (isOf(entry, 'c4') ? [entry, { ...entry, client }] : [entry]),
      finds: /^unexpected: c3 \S+: not sent for user:u3$/m,
    },
    {
      name: 'a lost reply',
      tamper: (entry) =>
        entry.kind === 'reply.received' && entry.client === client ? [] : [entry],
      finds: /^loss: c3 \S+: accepted, not replied$/m,
    },
  ];
}

function atNth(change: (entry: Received) => HistoryEntry[]): Tamper {
  let seen = 0;
  return (entry) => {
    if (!isOf(entry, client)) return [entry];
    seen += 1;
    return seen === nth ? change(entry) : [entry];
  };
}

function swap(): Tamper {
  let seen = 0;
  let held: HistoryEntry[] = [];
  return (entry) => {
    if (!isOf(entry, client)) return [entry];
    seen += 1;
    if (seen === nth) {
      held = [entry];
      return [];
    }
    const late = held;
    held = [];
    return [entry, ...late];
  };
}

function isOf(entry: HistoryEntry, name: string): entry is Received {
  return entry.kind === 'event.received' && entry.client === name;
}
