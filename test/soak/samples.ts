/** Samples of a soak: the line through them, and whether it is flat. */

export interface Sample {
  readonly atMs: number;
  /** After a garbage collection, with what lies outside of the heap. */
  readonly heapBytes: number;
  readonly residentBytes: number;
  /** What the workers say that their logs take, owned and copied. */
  readonly heldBytes: number;
  readonly keys: number;
  readonly visits: number;
  readonly forgottenIdle: number;
  readonly forgottenEarly: number;
  readonly workers: number;
}

export interface Verdict {
  /** Of a line by least squares through the second half. */
  readonly heapBytesPerMinute: number;
  readonly heldBytesPerMinute: number;
  /** What the line rises by over the second half, divided by the mean. */
  readonly heapGrowth: number;
  readonly heldGrowth: number;
  readonly isFlat: boolean;
}

/** Rise over the second half that still counts as flat. */
export const growthMax = 0.1;

export function judge(samples: readonly Sample[]): Verdict {
  const half = samples.slice(Math.floor(samples.length / 2));
  const heap = half.map(({ atMs, heapBytes }) => ({ x: atMs / 60_000, y: heapBytes }));
  const held = half.map(({ atMs, heldBytes }) => ({ x: atMs / 60_000, y: heldBytes }));
  const heapGrowth = growthOf(heap);
  const heldGrowth = growthOf(held);
  return {
    heapBytesPerMinute: slopeOf(heap),
    heldBytesPerMinute: slopeOf(held),
    heapGrowth,
    heldGrowth,
    isFlat: half.length >= 3 && heapGrowth <= growthMax && heldGrowth <= growthMax,
  };
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** By least squares; 0 of less than two points. */
export function slopeOf(points: readonly Point[]): number {
  const meanX = mean(points.map(({ x }) => x));
  const meanY = mean(points.map(({ y }) => y));
  let above = 0;
  let below = 0;
  for (const { x, y } of points) {
    above += (x - meanX) * (y - meanY);
    below += (x - meanX) ** 2;
  }
  return below === 0 ? 0 : above / below;
}

function growthOf(points: readonly Point[]): number {
  const span = (points.at(-1)?.x ?? 0) - (points[0]?.x ?? 0);
  const average = mean(points.map(({ y }) => y));
  return average === 0 ? 0 : (slopeOf(points) * span) / average;
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0) / Math.max(1, numbers.length);
}
