/** Geometry of circles: where an arc runs, and where on the circle somebody's slots are. */
import { coordinate } from './markup.ts';

/** Part of a circle, in turns from the top, clockwise. */
export interface Arc {
  readonly from: number;
  readonly to: number;
}

/** A path along the middle of a band; the width of its stroke is the width of the band. */
export function arcPath({ from, to }: Arc, radius: number): string {
  if (to - from >= 0.999_999) {
    const half = from + 0.5;
    return (
      arcPath({ from, to: half }, radius) + arcPath({ from: half, to: from + 1 - 1e-7 }, radius)
    );
  }
  const [a, b] = [pointAt(from, radius), pointAt(to, radius)];
  const large = to - from > 0.5 ? 1 : 0;
  return `M${coordinate(a.x)} ${coordinate(a.y)}A${radius} ${radius} 0 ${large} 1 ${coordinate(b.x)} ${coordinate(b.y)}`;
}

export function pointAt(turn: number, radius: number): { readonly x: number; readonly y: number } {
  const angle = turn * 2 * Math.PI - Math.PI / 2;
  return { x: Math.cos(angle) * radius, y: Math.sin(angle) * radius };
}

/** Arcs in one picture; a page stays small however many points a ring has. */
const arcsMax = 3_000;

/** Pieces of the circle that a picture can tell apart. */
const binsMax = 2_048;

/**
 * Runs of neighbouring slots of one class. If they are too many, the most frequent class of those
 * that fall into one piece of the picture is drawn.
 */
export function runsOf(classes: readonly string[]): ReadonlyMap<string, readonly Arc[]> {
  const changes = classes.filter((name, slot) => name !== classes[slot - 1]).length;
  const bins = Math.min(changes > arcsMax ? binsMax : classes.length, classes.length);
  const runs = new Map<string, Arc[]>();
  let start = 0;
  for (let bin = 0; bin < bins; bin += 1) {
    const here = binClass(classes, bin, bins);
    if (bin + 1 < bins && binClass(classes, bin + 1, bins) === here) continue;
    const arcs = runs.get(here) ?? [];
    arcs.push({ from: start / bins, to: (bin + 1) / bins });
    runs.set(here, arcs);
    start = bin + 1;
  }
  return runs;
}

function binClass(classes: readonly string[], bin: number, bins: number): string {
  if (bins === classes.length) return classes[bin] ?? '';
  const counts = new Map<string, number>();
  const end = Math.floor(((bin + 1) * classes.length) / bins);
  let most = '';
  for (let slot = Math.floor((bin * classes.length) / bins); slot < end; slot += 1) {
    const name = classes[slot] ?? '';
    counts.set(name, (counts.get(name) ?? 0) + 1);
    if ((counts.get(name) ?? 0) > (counts.get(most) ?? 0)) most = name;
  }
  return most;
}
