/**
 * HTML that is safe by construction: a template writes the markup, and whatever is put into it is
 * escaped unless it is `Markup` itself, which only our own literals become. So a name from outside cannot
 * become an element, end an attribute or turn the direction of the text around it. What comes out
 * is well-formed XML too if the templates are, which the tests hold the page to.
 */

/** What may stand in a template; `undefined` and `false` are nothing, numbers are coordinates. */
export type Content = Markup | string | number | undefined | false | readonly Content[];

/** HTML as it is; made by `markup` and `trusted` alone. */
class Markup {
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }
}

export type { Markup };

/** A piece of the page: `` markup`<td>${name}</td>` ``. Attributes must stand in quotes. */
export function markup(literals: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  const pieces = literals.map((literal, i) => literal + rendered(contents[i]));
  return new Markup(pieces.join(''));
}

function rendered(content: Content): string {
  if (content === undefined || content === false) return '';
  if (content instanceof Markup) return content.toString();
  if (typeof content === 'number') return coordinate(content);
  if (typeof content === 'string') return escaped(content);
  return content.map(rendered).join('');
}

/** Two decimals are a hundredth of a pixel; −0 is written as 0. */
export function coordinate(value: number): string {
  return String(Math.round(value * 100) / 100 + 0);
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * What a page cannot hold or a reader cannot see: controls (tab and line feed apart), lone
 * surrogates, non-characters, and what reverses or hides text.
 */
const unseen =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff]|\p{Surrogate}/gu;

function escaped(text: string): string {
  return text
    .replace(/[&<>"']/g, (character) => entities[character] ?? '')
    .replace(unseen, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

/** Text that this project wrote, such as the style sheet; never anything from outside. */
export function trusted(text: string): Markup {
  return new Markup(text);
}
