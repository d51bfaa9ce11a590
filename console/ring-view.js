/**
 * Draws the circle: the outer band shows the owners, the inner one where slots are moving to.
 * Runs of neighbouring slots with one owner are one piece; one path element per worker keeps a
 * thousand pieces cheap.
 */
import { slotCount } from './place.js';

const svgNamespace = 'http://www.w3.org/2000/svg';

/** Okabe and Ito's colours, told apart by most colour-blind eyes; then other lightnesses. */
const palette = [
  '#0072b2',
  '#e69f00',
  '#009e73',
  '#cc79a7',
  '#56b4e9',
  '#d55e00',
  '#9a8700',
  '#7a5fd0',
  '#7f8c99',
  '#5b8c2a',
];

const colours = new Map();

/** A worker keeps its colour as long as the page is open. */
export function colourOf(worker) {
  if (!colours.has(worker)) colours.set(worker, palette[colours.size % palette.length]);
  return colours.get(worker);
}

export function element(name, attributes = {}, text = undefined) {
  const made = document.createElementNS(svgNamespace, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  if (text !== undefined) made.textContent = text;
  return made;
}

/** `runs`: `{from, to, worker}`, slots from … to − 1; worker '' = nobody. */
export function drawBand(group, runs, { inner, outer }) {
  const paths = new Map();
  for (const { from, to, worker } of runs) {
    const path = paths.get(worker) ?? [];
    path.push(arc(from, to, inner, outer));
    paths.set(worker, path);
  }
  group.replaceChildren(
    ...[...paths].map(([worker, pieces]) => {
      const path = element('path', {
        d: pieces.join(''),
        class: 'arc',
        fill: worker === '' ? 'var(--gone)' : colourOf(worker),
        'data-worker': worker,
      });
      path.append(element('title', {}, worker === '' ? 'nobody yet' : worker));
      return path;
    }),
  );
}

export function drawNeedle(group, slot, name) {
  if (slot === undefined) return group.replaceChildren();
  const [x1, y1] = point(slot + 0.5, 130);
  const [x2, y2] = point(slot + 0.5, 190);
  // The name stands inside the circle, where nothing is under it, and runs towards the middle.
  const [x, y] = point(slot + 0.5, 122);
  const anchor = Math.abs(x) < 40 ? 'middle' : x > 0 ? 'end' : 'start';
  return group.replaceChildren(
    element('line', { x1, y1, x2, y2, class: 'needle' }),
    element('text', { x, y: y + 4, class: 'needle-name', 'text-anchor': anchor }, name),
  );
}

function arc(from, to, inner, outer) {
  if (to - from >= slotCount)
    return `${arc(0, slotCount / 2, inner, outer)}${arc(slotCount / 2, slotCount, inner, outer)}`;
  const large = to - from > slotCount / 2 ? 1 : 0;
  const [a, b] = [point(from, outer), point(to, outer)];
  const [c, d] = [point(to, inner), point(from, inner)];
  return `M${a}A${outer} ${outer} 0 ${large} 1 ${b}L${c}A${inner} ${inner} 0 ${large} 0 ${d}Z`;
}

/** Slot 0 at the top, clockwise. */
function point(slot, radius) {
  const angle = (slot / slotCount) * 2 * Math.PI - Math.PI / 2;
  return [round(Math.cos(angle) * radius), round(Math.sin(angle) * radius)];
}

function round(value) {
  return Math.round(value * 100) / 100;
}
