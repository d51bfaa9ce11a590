/** `ringway status`: members, their shares of the circle, moves in flight. */
import { adminOptions, askAdmin } from './admin-client.ts';
import { type Command, command, exitCodes } from './command.ts';
import { toggle } from './option-kinds.ts';

const options = {
  ...adminOptions,
  json: toggle('Print the whole report as one line of JSON'),
};

export const statusCommand: Command = command({
  name: 'status',
  summary: 'Show members, their shares, and moves in flight',
  details: ['As one gateway sees the cluster: its last reading of the coordinator.'],
  words: [],
  options,
  async run({ values }, terminal) {
    const answer = await askAdmin(values, { method: 'GET', path: '/v1/ring' });
    const lines = values.json ? [JSON.stringify(answer)] : statusLines(answer as RingAnswer);
    for (const line of lines) terminal.out(line);
    return exitCodes.done;
  },
});

/** The part of `GET /v1/ring` that is shown. */
export interface RingAnswer {
  readonly cluster: string;
  readonly tableVersion: number;
  readonly slotCount: number;
  readonly unowned: number;
  readonly movesInFlight: number;
  readonly gateways: readonly string[];
  readonly workers: readonly {
    readonly id: string;
    readonly slots: number;
    readonly target: number;
    readonly share: number;
    readonly movesIn: number;
    readonly isDraining: boolean;
  }[];
}

export function statusLines(ring: RingAnswer): readonly string[] {
  const { workers, gateways, movesInFlight } = ring;
  const rows = workers.map(({ id, slots, share, target, movesIn, isDraining }) => [
    id,
    String(slots),
    `${(share * 100).toFixed(1)} %`,
    String(target),
    String(movesIn),
    isDraining ? 'leaving' : '',
  ]);
  return [
    `cluster ${ring.cluster}, table version ${ring.tableVersion}`,
    `gateways: ${gateways.join(', ') || 'none'}`,
    '',
    ...table([['WORKER', 'SLOTS', 'SHARE', 'TARGET', 'MOVING IN', ''], ...rows]),
    '',
    [
      ownership(ring),
      movesInFlight === 0 ? 'nothing is moving' : `${movesInFlight} slots are moving`,
    ].join(', '),
  ];
}

/** The table goes on naming an owner that has died until another worker is there to take over. */
function ownership({ workers, unowned, slotCount }: RingAnswer): string {
  const owned = workers.reduce((sum, { slots }) => sum + slots, 0);
  const orphaned = slotCount - unowned - owned;
  if (unowned === slotCount && workers.length > 0) {
    return `${unowned} of ${slotCount} without owner (a new cluster first waits for older data, unless --first)`;
  }
  const parts = [
    ...(unowned > 0 ? [`${unowned} of ${slotCount} without owner`] : []),
    ...(orphaned > 0 ? [`${orphaned} of ${slotCount} with an owner that is gone`] : []),
  ];
  return parts.length === 0 ? 'every slot has an owner' : parts.join(', ');
}

/** Columns under each other; all but the first to the right. */
function table(rows: readonly (readonly string[])[]): readonly string[] {
  const columns = rows[0]?.length ?? 0;
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) =>
    row
      .map((text, column) => {
        const width = widths[column] ?? 0;
        return column === 0 || column === columns - 1 ? text.padEnd(width) : text.padStart(width);
      })
      .join('  ')
      .trimEnd(),
  );
}
