/**
 * The colours of the page, light and dark: those of the live page, and a scale for heat maps.
 * Every text reaches a contrast of 4.5 on its ground (the tests reckon it), and no meaning is
 * told by colour alone: a word, a mark or a number stands beside it.
 */

/** Okabe and Ito's colours, told apart by most colour-blind eyes; then other lightnesses. */
export const palette: readonly string[] = [
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

export interface Theme {
  readonly ground: string;
  readonly card: string;
  readonly line: string;
  readonly text: string;
  readonly quiet: string;
  readonly accent: string;
  readonly good: string;
  readonly bad: string;
  /** Large areas that are not what the picture is about. */
  readonly pale: string;
  /** Loads as they were. */
  readonly past: string;
}

export const themes: Readonly<Record<'light' | 'dark', Theme>> = {
  light: {
    ground: '#f6f7f9',
    card: '#ffffff',
    line: '#d5dae1',
    text: '#1a1f27',
    quiet: '#56606e',
    accent: '#0a5cad',
    good: '#0b6b3a',
    bad: '#b3261e',
    pale: '#c3c9d2',
    past: '#8f99a6',
  },
  dark: {
    ground: '#14171c',
    card: '#1d2128',
    line: '#363d48',
    text: '#e8ebf0',
    quiet: '#a3adbb',
    accent: '#6cb6ff',
    good: '#5fd38f',
    bad: '#ff8a80',
    pale: '#4a525f',
    past: '#77818f',
  },
};

/** Ground and text of one step of a heat map. */
export type Heat = readonly [ground: string, text: string];

/** From little to much, in one hue, so that lightness alone tells them apart. */
export const heats: Readonly<Record<'light' | 'dark', readonly Heat[]>> = {
  light: [
    ['#eef5fc', '#1a1f27'],
    ['#d6e6f6', '#1a1f27'],
    ['#b3d2ee', '#1a1f27'],
    ['#86b7e2', '#1a1f27'],
    ['#5b9bd3', '#10151c'],
    ['#2a6cad', '#ffffff'],
    ['#15508c', '#ffffff'],
    ['#083462', '#ffffff'],
  ],
  dark: [
    ['#222b38', '#e8ebf0'],
    ['#223650', '#e8ebf0'],
    ['#22436a', '#e8ebf0'],
    ['#225287', '#f4f7fb'],
    ['#2862a3', '#ffffff'],
    ['#5c9edb', '#10151c'],
    ['#86bcee', '#10151c'],
    ['#b5d9fb', '#10151c'],
  ],
};

/** The class of a cell that holds `part` of the `most` that any cell holds. */
export function heatClass(part: number, most: number): string {
  if (!(part > 0 && most > 0)) return 'h-none';
  const steps = heats.light.length;
  return `h-${Math.min(steps - 1, Math.floor((part / most) * steps))}`;
}
