/** Reads a page as strictly as XML would: what is not well-formed, and what stands in its tables. */
import { assert } from 'chai';

export interface Page {
  readonly ids: string[];
  /** Names of elements, in the order in which they begin. */
  readonly elements: readonly string[];
  readonly attributes: readonly (readonly [name: string, value: string])[];
  /** What is read, without style and script. */
  readonly text: string;
  readonly style: string;
  readonly script: string;
}

const entities: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
};

const tag = /^<(\/?)([a-zA-Z][a-zA-Z0-9]*)((?:\s+[a-zA-Z][a-zA-Z0-9:-]*="[^"<]*")*)\s*(\/?)>$/;

/** @throws AssertionError naming the place that is not well-formed */
export function pageOf(html: string): Page {
  assert.isTrue(html.startsWith('<!DOCTYPE html>\n'), 'a doctype');
  const [style, afterStyle] = cutOut(html.slice('<!DOCTYPE html>\n'.length), 'style');
  const [script, rest] = cutOut(afterStyle, 'script');
  const open: string[] = [];
  const elements: string[] = [];
  const attributes: [string, string][] = [];
  const texts: string[] = [];
  for (const [piece] of rest.matchAll(/<[^>]*>|[^<]+/g)) {
    if (!piece.startsWith('<')) {
      texts.push(decoded(piece));
      continue;
    }
    const [, closing, name = '', given = '', isEmpty] = tag.exec(piece) ?? [];
    if (name === '') assert.fail(`not a tag: ${piece.slice(0, 200)}`);
    if (closing === '/') {
      const opened = open.pop();
      if (opened !== name) assert.fail(`${piece} closes ${opened}`);
      continue;
    }
    elements.push(name);
    for (const [, key = '', value = ''] of given.matchAll(/([a-zA-Z:-]+)="([^"]*)"/g)) {
      attributes.push([key, decoded(value)]);
    }
    if (isEmpty !== '/') open.push(name);
  }
  assert.deepEqual(open, [], 'every element is closed');
  const ids = attributes.filter(([name]) => name === 'id').map(([, value]) => value);
  return { ids, elements, attributes, text: texts.join(''), style, script };
}

/** Rows of all tables: the texts of their cells. */
export function rowsOf(html: string): string[][] {
  return [...html.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row = '']) =>
    [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map(([, cell = '']) =>
      decoded(cell.replaceAll(/<[^>]*>/g, '')),
    ),
  );
}

/** The part of the page with this id. */
export function sectionOf(html: string, id: string): string {
  const start = html.indexOf(`<section id="${id}"`);
  return start === -1 ? '' : html.slice(start, html.indexOf('</section>', start) + 10);
}

function cutOut(html: string, name: string): [content: string, rest: string] {
  const [open, close] = [`<${name}>`, `</${name}>`];
  assert.lengthOf(html.split(open), 2, `one ${name}`);
  const start = html.indexOf(open) + open.length;
  const end = html.indexOf(close, start);
  return [html.slice(start, end), html.slice(0, start) + html.slice(end)];
}

function decoded(text: string): string {
  return text.replaceAll(/&[^;\s]*;?/g, (entity) => {
    const character = entities[entity];
    return character ?? assert.fail(`not an entity: ${entity}`);
  });
}
