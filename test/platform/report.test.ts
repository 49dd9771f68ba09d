import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { renderDriftReport } from '../../platform/report/drift-report.js';
import { column, drawnReport, reportOf } from './report-data.js';

const bytes = (page: string): number => Buffer.byteLength(page);
const pictures = (page: string): string[] => [...page.matchAll(/<svg[\s\S]*?<\/svg>/g)].map(([svg]) => svg);
/** What a reader without pictures and styles has. */
const textOf = (page: string): string =>
  page
    .replace(/<(style|svg)[\s\S]*?<\/\1>/g, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&#39;/g, "'")
    .replace(/&lt;/g, '<')
    .replace(/&nbsp;|\s/g, ' ')
    .replace(/ +/g, ' ');

describe('the HTML drift report', function () {
  this.timeout(60_000);

  describe('its order', () => {
    it('says verdict and recommendation with the reasons before all else', async () => {
      const text = textOf(await renderDriftReport(reportOf([column('demand', 'drift')]), { title: 'electricity' }));
      expect(text).to.match(/^ electricity: drift electricity: drift Retrain: yes , because demand has shifted\./);
    });

    it('says no where nothing calls for a retraining', async () => {
      const report = reportOf([column('demand', 'no_drift')], {
        verdict: 'no_drift',
        recommendation: { retrain: false, reasons: ['No column has shifted.'] },
      });
      expect(textOf(await renderDriftReport(report))).to.include('Retrain: no , because No column has shifted.');
    });

    it('has columns, pictures, quality, findings, what was not tested and the method, in this order', async () => {
      const { report, context } = drawnReport(3);
      const at = '1997-05-01T00:00:00Z';
      const points = [{ at, value: 0.8, low: 0.7, high: 0.9, rows: 10, estimated: false }];
      const page = await renderDriftReport(report, { ...context, quality: [{ metric: 'ROC AUC', minimum: 0.7, points }] });
      const headings = [...page.matchAll(/<h2>(.*?)<\/h2>/g)].map(([, heading]) => heading);
      const expected = ['Columns, worst first', 'In detail', 'Quality over time', 'Findings', 'Not tested, and why', 'How it was judged'];
      expect(headings).to.deep.equal(expected);
      for (const [, id] of page.matchAll(/href="#(.*?)"/g)) expect(page, `target of the link ${id}`).to.include(` id="${id}"`);
    });

    it('keeps the order of the columns that the report has', async () => {
      const page = await renderDriftReport(reportOf(['z', 'a', 'm'].map((name) => column(name, 'drift'))));
      expect([...page.matchAll(/<a href="#c\d"><bdi>(.)<\/bdi>/g)].map(([, name]) => name)).to.deep.equal(['z', 'a', 'm']);
    });
  });

  describe('what it says', () => {
    it('names what was not tested with the reason, once for all columns that share it', async () => {
      const missing = { code: 'column_added', text: 'The reference has no such column.' };
      const few = { minimumDetectable: 0.4 };
      const report = reportOf([
        column('new', 'insufficient_data', { effect: null, findings: [missing], minimumDetectable: null }),
        column('one', 'insufficient_data', few),
        column('two', 'insufficient_data', few),
      ]);
      const text = textOf(await renderDriftReport(report));
      expect(text).to.include('new : The reference has no such column.');
      expect(text).to.include('one , two : With so many rows a shift is seen for certain only from 0.40 on, and 0.10 would matter.');
    });

    it('shows the finding that decided where the effect did not', async () => {
      const findings = [{ code: 'missing_rate_changed', text: '95.0 % of the values are missing.' }];
      const gone = column('gone', 'drift', { effect: { name: 'ks_d', value: 0.02, threshold: 0.1 }, findings });
      const row = /<tbody>([\s\S]*?)<\/tbody>/.exec(await renderDriftReport(reportOf([gone])))![1]!;
      expect(row).to.include('95.0 % of the values are missing.');
    });

    it('writes tests by their names, and a p-value too small for a double as such', async () => {
      const tests = [
        { name: 'ks', statistic: 0.98765432, pValue: 0, adjustedPValue: 2.5e-7 },
        { name: 'psi', statistic: 12345678, pValue: null, adjustedPValue: null },
      ];
      const text = textOf(await renderDriftReport(reportOf([column('a', 'drift', { tests })])));
      expect(text).to.match(/Kolmogorov–Smirnov 0\.9877 < 1e−300 2\.5e−7 population stability index 1\.235e7/);
    });

    it('gives file and line of a finding', async () => {
      const findings = [{ code: 'ragged_row', text: 'Too many cells.', file: 'live.csv', line: 17 }];
      expect(textOf(await renderDriftReport(reportOf([], { findings })))).to.include('live.csv:17: Too many cells.');
    });

    it('explains only the measures that decided, with the settings', async () => {
      const page = await renderDriftReport(reportOf([column('a', 'drift')]), { settings: { minShift: 0.2, falseAlarmRate: 0.01 } });
      const method = textOf(page.slice(page.indexOf('id="method"')));
      expect(method).to.include('KS D, for numbers').and.to.include('from 0.20 on').and.to.include('1.0 %');
      expect(method).to.not.include('Cramér');
    });

    it('says of a metric over time where it was, where it is, and what fell short', async () => {
      const point = (at: string, value: number | null, estimated = false) => ({
        at,
        value,
        low: value === null ? null : value - 0.02,
        high: value === null ? null : value + 0.02,
        rows: 336,
        estimated,
      });
      const points = [point('1997-05-01T00:00:00Z', 0.81), point('1997-05-08T00:00:00Z', null), point('1997-05-15T00:00:00Z', 0.69, true)];
      const text = textOf(await renderDriftReport(reportOf([]), { quality: [{ metric: 'ROC AUC', minimum: 0.7, points }] }));
      expect(text).to.include(
        'ROC AUC was between 0.690 and 0.810 in 2 windows; the last, to 1997-05-15, has 0.690 (0.670 to 0.710), estimated',
      );
      expect(text).to.include('1 window lay below the minimum of 0.700.');
    });

    it('renders a report without columns', async () => {
      const page = await renderDriftReport(reportOf([], { verdict: 'insufficient_data', recommendation: { retrain: false, reasons: [] } }));
      expect(textOf(page)).to.include('Retrain: no .').and.to.include('0 of 0 columns drifted');
    });
  });

  describe('its safety', () => {
    const evil = `<script>alert("x")</script>'&\u0000\u202e`;

    it('escapes every text, in pictures too', async () => {
      const report = reportOf(
        [
          column(evil, 'drift', {
            findings: [{ code: evil, text: evil, file: evil, line: 1 }],
            tests: [{ name: evil, statistic: 1, pValue: 1, adjustedPValue: 1 }],
          }),
        ],
        { recommendation: { retrain: true, reasons: [evil] }, findings: [{ code: evil, text: evil }] },
      );
      const page = await renderDriftReport(report, {
        title: evil,
        names: { reference: evil, current: evil },
        madeAt: evil,
        distributions: new Map([[evil, { type: 'category', labels: [evil, '{a|b}'], reference: [1, 2], current: [2, 1], others: 0 }]]),
        quality: [{ metric: evil, minimum: null, points: [{ at: evil, value: 1, low: 0, high: 1, rows: 1, estimated: false }] }],
      });
      expect(pictures(page)).to.have.length(2);
      expect(page.replaceAll('\n', '')).to.not.match(/<script|[\u0000\u202e]|="[^"]*<script/);
      expect(page.match(/&lt;script&gt;/g)).to.have.length.greaterThan(12);
    });

    it('has no scripts, loads nothing, and forbids itself to', async () => {
      const { report, context } = drawnReport(6);
      const page = await renderDriftReport(report, context);
      expect(page).to.include(`content="default-src 'none'; style-src 'unsafe-inline'"`);
      expect(page).to.not.match(/<(script|link|img|iframe|object|embed|use|image)\b|\son\w+=|url\(|@import|javascript:/i);
      const addresses = [...page.matchAll(/https?:[^"' ]*/g)].map(([address]) => address);
      expect(new Set(addresses)).to.deep.equal(new Set(['http://www.w3.org/2000/svg'])); // a name, which nobody fetches
    });

    it('is the same for the same report', async () => {
      const { report, context } = drawnReport(6);
      expect(await renderDriftReport(report, context)).to.equal(await renderDriftReport(report, context));
    });
  });

  describe('its size', () => {
    it('is at most 300 kB for 25 columns, each with its picture', async () => {
      const { report, context } = drawnReport(25);
      const page = await renderDriftReport(report, context);
      expect(pictures(page)).to.have.length(25);
      expect(bytes(page)).to.be.at.most(300_000);
    });

    it('is at most 1 MB for 500 columns: all in the table, the worst with pictures', async () => {
      const { report, context } = drawnReport(500);
      const page = await renderDriftReport(report, context);
      expect(page.match(/<th scope="row">(<a href="#c\d+">)?<bdi>/g)).to.have.length(500);
      expect(pictures(page)).to.have.length(40);
      expect(bytes(page)).to.be.at.most(1_000_000);
    });

    const wordy = (columns: number) =>
      reportOf(
        Array.from({ length: columns }, (_, i) =>
          column(`${'"<&'.repeat(1000)}${i}`, 'insufficient_data', {
            effect: null,
            minimumDetectable: null,
            findings: Array.from({ length: 50 }, (_, k) => ({
              code: 'x',
              text: `${i}/${k} ${'\'"<&'.repeat(300)}`,
              file: '&'.repeat(900),
              line: k,
            })),
            tests: Array.from({ length: 50 }, () => ({ name: '&'.repeat(900), statistic: 1, pValue: 1, adjustedPValue: 1 })),
          }),
        ),
        { recommendation: { retrain: true, reasons: Array.from({ length: 500 }, () => '&'.repeat(900)) } },
      );

    it('holds these bounds for whatever the names and texts are', async () => {
      expect(bytes(await renderDriftReport(wordy(25)))).to.be.at.most(300_000);
      expect(bytes(await renderDriftReport(wordy(500)))).to.be.at.most(1_000_000);
    });

    it('says how many columns and findings it left out', async () => {
      const text = textOf(await renderDriftReport(reportOf(Array.from({ length: 5000 }, (_, i) => column(`c${i}`, 'no_drift')))));
      const shown = text.match(/ c\d+ number /g)!.length;
      expect(text).to.include(`${(5000 - shown).toLocaleString('en')} columns more, in the JSON of this report.`);
      expect(textOf(await renderDriftReport(wordy(25)))).to.match(/[\d,]+ findings more, in the JSON of this report\./);
    });
  });

  describe('for readers who do not see the pictures', () => {
    it('gives each picture a name, a sentence and a table', async () => {
      const { report, context } = drawnReport(6);
      const page = await renderDriftReport(report, context);
      const figures = [...page.matchAll(/<figure>[\s\S]*?<\/figure>/g)].map(([figure]) => figure);
      expect(figures).to.have.length(6);
      for (const figure of figures) {
        const [, title, sentence] = /<svg[^>]*role="img"[^>]*aria-labelledby="(.*?)"[^>]*aria-describedby="(.*?)"/.exec(figure)!;
        expect(figure).to.match(
          new RegExp(`<title id="${title}">Distribution of measurement_of_something_\\d, reference and current</title>`),
        );
        expect(textOf(new RegExp(`<p id="${sentence}">([\\s\\S]*?)</p>`).exec(figure)![1]!)).to.match(
          /differ most at .+ %|the same everywhere/,
        );
        expect(figure).to.match(/<table>[\s\S]*<th scope="col">reference/);
      }
    });

    it('uses every id once', async () => {
      const { report, context } = drawnReport(25);
      const ids = [...(await renderDriftReport(report, context)).matchAll(/\sid="(.*?)"/g)].map(([, id]) => id);
      expect(ids.filter((id, i) => ids.indexOf(id) !== i)).to.deep.equal([]);
    });

    const css = readFileSync(new URL('../../platform/report/report.css', import.meta.url), 'utf8');
    const colours = (block: string): Map<string, string> =>
      new Map([...block.matchAll(/--([\w-]+): (#[0-9a-f]+);/g)].map(([, name, value]) => [name!, value!]));
    const light = colours(/^:root \{[\s\S]*?\n\}/m.exec(css)![0]);
    const dark = colours(/prefers-color-scheme: dark\) \{[\s\S]*?\n\}/.exec(css)![0]);

    /** Relative luminance and contrast of WCAG 2.2. */
    const luminance = (colour: string): number => {
      const long = colour.length === 4 ? colour.replace(/[0-9a-f]/g, '$&$&') : colour;
      const [r, g, b] = [1, 3, 5].map((i) => {
        const part = parseInt(long.slice(i, i + 2), 16) / 255;
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
    };
    const contrast = (a: string, b: string): number => {
      const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
      return (high! + 0.05) / (low! + 0.05);
    };

    for (const [scheme, of] of [
      ['light', light],
      ['dark', dark],
    ] as const)
      it(`has the contrast that WCAG AA asks for, in ${scheme}`, () => {
        for (const paper of ['paper', 'panel'])
          for (const text of ['text', 'soft', 'link', 'bad', 'unsure', 'good'])
            expect(contrast(of.get(text)!, of.get(paper)!), `${text} on ${paper}`).to.be.at.least(4.5);
        for (const mark of ['reference-edge', 'current']) expect(contrast(of.get(mark)!, of.get('paper')!), mark).to.be.at.least(3);
        expect(contrast(of.get('current')!, of.get('reference')!), 'current over reference').to.be.at.least(3);
      });
  });
});
