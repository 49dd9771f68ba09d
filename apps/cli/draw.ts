/** A picture in the form that was asked for, on the screen or in a file. */
import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { oneOf } from './arguments.js';
import { painterFor, plain } from './graph/colours.js';
import { dot } from './graph/dot.js';
import { mermaid } from './graph/mermaid.js';
import type { Picture } from './graph/picture.js';
import { svg } from './graph/svg.js';
import { graphText } from './commands/dags-text.js';
import type { Session } from './session.js';

export const FORMATS = ['tree', 'graph', 'mermaid', 'dot', 'svg', 'json'] as const;
export type Format = (typeof FORMATS)[number];

export interface DrawOptions {
  readonly format: Format;
  readonly output?: string;
}

export const withDrawOptions = (command: Command): Command =>
  command
    .option('--format <format>', FORMATS.join(', '), oneOf(...FORMATS), 'tree')
    .option('--output <file>', 'write it there instead of on the screen');

export interface Drawing {
  /** what `json` prints */
  readonly document: unknown;
  readonly picture: () => Promise<Picture> | Picture;
  /** text of the format `tree`; `paint` does nothing where nobody looks */
  readonly tree: (paint: typeof plain) => string;
  /** what stands around the graph of the terminal */
  readonly graph?: (graph: string) => string;
}

export const draw = async (session: Session, { format, output }: DrawOptions, drawing: Drawing): Promise<void> => {
  const paint = output === undefined ? painterFor(process.stdout) : plain;
  const { document, picture, tree, graph = (text) => text } = drawing;
  const text = async (): Promise<string> => {
    switch (format) {
      case 'tree':
        return tree(paint);
      case 'graph':
        return graph(graphText(await picture(), paint));
      case 'mermaid':
        return mermaid(await picture());
      case 'dot':
        return dot(await picture());
      case 'svg':
        return svg(await picture());
      case 'json':
        return JSON.stringify(document);
    }
  };
  if (output === undefined) return session.print(document, session.json ? '' : await text());
  writeFileSync(output, `${await text()}\n`);
  session.print({ output, format }, `Written to ${output}.`);
};
