/** A headless browser of this machine, for looking at a page as a reader does. */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface View {
  readonly width: number;
  readonly scheme: 'light' | 'dark';
}

/** What the page is like in the browser. */
export interface Seen {
  /** of its content; more than the view is wide means scrolling to the side */
  readonly scrollWidth: number;
  readonly background: string;
  readonly pictures: readonly { readonly width: number; readonly height: number; readonly texts: number; readonly name: string }[];
  /** text of pictures that stands out of its picture at the left or the right */
  readonly cut: readonly string[];
  readonly scripts: number;
  /** paths that the browser asked the server for */
  readonly requests: readonly string[];
}

/** Runs in the browser, in a page that shows the report in a frame. */
const PROBE = `
  const page = document.querySelector('iframe').contentDocument;
  const box = (element) => element.getBoundingClientRect();
  const svgs = [...page.querySelectorAll('svg')];
  const cut = svgs.flatMap((svg) => [...svg.querySelectorAll('text')]
    .filter((text) => box(text).left < box(svg).left - 1 || box(text).right > box(svg).right + 1).map((text) => text.textContent));
  const seen = {
    scrollWidth: page.documentElement.scrollWidth,
    background: page.defaultView.getComputedStyle(page.body).backgroundColor,
    pictures: svgs.map((svg) => ({ width: box(svg).width, height: box(svg).height, texts: svg.querySelectorAll('text').length,
      name: page.getElementById(svg.getAttribute('aria-labelledby'))?.textContent ?? '' })),
    cut,
    scripts: page.scripts.length,
  };
  document.body.textContent = '';
  document.body.append(Object.assign(document.createElement('pre'), { textContent: encodeURIComponent(JSON.stringify(seen)) }));`;

const serve = async (report: string, width: number, requests: string[]): Promise<Server> => {
  const probe = `<!doctype html><meta charset="utf-8"><body><iframe src="/report" style="border:0;width:${width}px;height:2000px"></iframe><script>onload = () => {${PROBE}}</script>`;
  const server = createServer((request, response) => {
    requests.push(request.url!);
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(request.url === '/probe' ? probe : request.url === '/report' ? report : '');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return server;
};

const QUIET = [
  '--headless',
  '--disable-gpu',
  '--no-sandbox', // it refuses to run as root with one, and shows nothing but our own page
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The report as it is printed. @param folder for the browser's profile, the page and the document */
export const print = async (browser: string, folder: string, report: string): Promise<Buffer> => {
  const [page, document] = [join(folder, 'report.html'), join(folder, 'report.pdf')];
  await writeFile(page, report);
  const profile = `--user-data-dir=${join(folder, 'profile')}`;
  await promisify(execFile)(browser, [...QUIET, profile, '--no-pdf-header-footer', `--print-to-pdf=${document}`, `file://${page}`], {
    timeout: 90_000,
  });
  return readFile(document);
};

/** Opens the report in the browser. @param folder for the browser's profile */
export const look = async (browser: string, folder: string, report: string, { width, scheme }: View): Promise<Seen> => {
  const requests: string[] = [];
  const server = await serve(report, width, requests);
  try {
    const { port } = server.address() as AddressInfo;
    const { stdout } = await promisify(execFile)(
      browser,
      [
        ...QUIET,
        '--hide-scrollbars',
        `--user-data-dir=${folder}`,
        `--window-size=${width + 100},2100`,
        `--blink-settings=preferredColorScheme=${scheme === 'dark' ? 0 : 1}`,
        '--dump-dom',
        `http://127.0.0.1:${port}/probe`,
      ],
      { timeout: 90_000, maxBuffer: 2 ** 26 },
    );
    const [, answer] = /<pre>(.*?)<\/pre>/.exec(stdout)!;
    return { ...(JSON.parse(decodeURIComponent(answer!)) as Omit<Seen, 'requests'>), requests };
  } finally {
    server.closeAllConnections();
    server.close();
  }
};
