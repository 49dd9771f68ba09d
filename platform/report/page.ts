/** The page around a report: one document that loads nothing and forbids itself to. */
import { readFileSync } from 'node:fs';
import { html, trusted, type Html } from './html.js';

const STYLE = trusted(readFileSync(new URL('./report.css', import.meta.url), 'utf8'));

export const page = (title: string, main: Html): string =>
  String(
    html`<!doctype html>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
          <meta name="color-scheme" content="light dark" />
          <title>${title}</title>
          <style>
            ${STYLE}
          </style>
        </head>
        <body>
          <main>${main}</main>
        </body>
      </html> `,
  );
