/** Colours of a terminal, or none: everything that is coloured also says so in words or shape. */

export type Hue = 'plain' | 'bold' | 'dim' | 'good' | 'bad' | 'accent';

export type Paint = (hue: Hue, text: string) => string;

export const noPaint: Paint = (_hue, text) => text;

const codes: Readonly<Record<Exclude<Hue, 'plain'>, string>> = {
  bold: '1',
  dim: '2',
  good: '32',
  bad: '31',
  accent: '36',
};

export const colours: Paint = (hue, text) =>
  hue === 'plain' || text === '' ? text : `\u001b[${codes[hue]}m${text}\u001b[0m`;
