/**
 * Bars in cells of tables. Across they are drawn in per cent, so that they are as wide as their
 * cell on any screen; the number stands in the cell beside them, so screen readers skip them.
 */
import { type Markup, markup } from './markup.ts';

const height = 20;

export interface BarOptions {
  /** The value at the right end. */
  readonly scale: number;
  /** The main bar. */
  readonly value?: number | undefined;
  /** A thin one above it: how it was. */
  readonly past?: number | undefined;
  readonly isBad?: boolean;
  /** Lines from top to bottom. */
  readonly fair?: number | undefined;
  readonly limit?: number | undefined;
  /** A hollow ring: what may become of it. */
  readonly worst?: number | undefined;
}

export function bar(options: BarOptions): Markup {
  const at = (value: number): number => Math.min(100, (value / options.scale) * 100);
  const { value, past, fair, limit, worst } = options;
  return markup`<svg class="bar" height="${height}" aria-hidden="true">${
    past !== undefined && markup`<rect class="past" y="2" width="${at(past)}%" height="4" rx="1" />`
  }${
    value !== undefined &&
    markup`<rect class="${options.isBad === true ? 'over' : 'now'}" y="7" width="${at(value)}%" height="10" rx="1" />`
  }${fair !== undefined && line('fair', at(fair))}${limit !== undefined && line('limit', at(limit))}${
    worst !== undefined && markup`<circle class="worst" cx="${at(worst)}%" cy="12" r="3.5" />`
  }</svg>`;
}

function line(name: string, x: number): Markup {
  return markup`<line class="${name}" x1="${x}%" x2="${x}%" y1="0" y2="${height}" />`;
}

export type Sign =
  | 'past'
  | 'now'
  | 'over'
  | 'fair'
  | 'limit'
  | 'worst'
  | 'floor'
  | 'least'
  | 'crash';

/** What the signs of bars and charts mean. */
export function signs(
  entries: readonly (readonly [sign: Sign, meaning: string] | false)[],
): Markup {
  const shown = entries.filter((entry) => entry !== false);
  return markup`<ul class="legend">${shown.map(
    ([sign, meaning]) =>
      markup`<li><svg class="sign" width="18" height="12" aria-hidden="true">${drawn(sign)}</svg>${meaning}</li>`,
  )}</ul>
`;
}

function drawn(sign: Sign): Markup {
  switch (sign) {
    case 'past':
      return markup`<rect class="past" y="4" width="18" height="4" rx="1" />`;
    case 'now':
    case 'over':
    case 'crash':
      return markup`<rect class="${sign}" y="1" width="18" height="10" rx="1" />`;
    case 'worst':
      return markup`<circle class="worst" cx="9" cy="6" r="3.5" />`;
    case 'least':
      return markup`<line class="least" x1="1" x2="17" y1="6" y2="6" />`;
    case 'fair':
    case 'limit':
    case 'floor':
      return markup`<line class="${sign}" x1="9" x2="9" y1="0" y2="12" />`;
  }
}
