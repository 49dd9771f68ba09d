/** HTML that is safe by construction: whatever is put into a template is escaped, unless it came out of one. */

/** Markup. Only {@link html} and {@link trusted} make it. */
export class Html {
  readonly #markup: string;
  constructor(markup: string) {
    this.#markup = markup;
  }
  toString(): string {
    return this.#markup;
  }
}

export type Content = string | number | Html | null | readonly Content[];

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Control characters are not allowed in HTML, and those that turn the direction of reading can make a text look like another. */
const UNSEEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]|\p{Surrogate}/gu;

/** Text without what a page must not hold or a reader could not see. */
export const legible = (text: string): string => text.replace(UNSEEN, '\ufffd');

/** For text and for quoted attributes. */
export const escapeHtml = (text: string): string => legible(text).replace(/[&<>"']/g, (character) => ENTITIES[character]!);

const write = (content: Content): string => {
  if (content === null) return '';
  if (content instanceof Html) return content.toString();
  return typeof content === 'object' ? content.map(write).join('') : escapeHtml(String(content));
};

/** The templates' own indentation is for us. */
const unindented = (part: string): string => part.replace(/\n\s*/g, '\n');

export const html = (parts: TemplateStringsArray, ...contents: Content[]): Html =>
  new Html(parts.map((part, i) => unindented(part) + (i < contents.length ? write(contents[i]!) : '')).join(''));

/** Markup that we wrote elsewhere: our style sheet, a picture from the charting library. Never a text from outside. */
export const trusted = (markup: string): Html => new Html(markup);
