import { expect } from 'chai';
import { renderDriftReport } from '../../platform/report/drift-report.js';
import type { Distribution } from '../../platform/report/distributions.js';
import { findBrowser } from '../../scripts/setup/browser.mjs';
import { skip, tempFolder } from '../support/fixtures.js';
import { look, print } from './report-browser.js';
import { column, drawnReport } from './report-data.js';

const PHONE = 390;

describe('the HTML drift report in a browser', function () {
  this.timeout(120_000);
  let browser: string;
  let page: string;

  before(async function () {
    browser = findBrowser() ?? skip(this, 'no Chromium or Chrome: run `node scripts/setup.mjs --for test`, or name one in CHROME_PATH');
    const { report, context } = drawnReport(6);
    const long = column('a_name_without_any_place_to_break_it_'.repeat(5), 'drift', {
      missing: { reference: 0.123, current: 0.987 },
      findings: [{ code: 'x', text: `${'unbroken'.repeat(40)}` }],
    });
    const wide: Distribution = {
      type: 'category',
      labels: ['WWWWMMMMWWWWMMMM', 'DOWN', '温度センサーの値が高すぎる状態', 'Ärger über Größe', '👩‍🔬👩‍🔬👩‍🔬👩‍🔬👩‍🔬👩‍🔬👩‍🔬👩‍🔬'],
      reference: [1, 2, 3, 4, 5],
      current: [5, 4, 3, 2, 1],
      others: 0,
    };
    const points = Array.from({ length: 30 }, (_, i) => ({
      at: new Date(Date.UTC(1997, 4, 1 + 7 * i)).toISOString(),
      value: i === 9 ? null : 0.8 - i / 100,
      low: i === 9 ? null : 0.75 - i / 100,
      high: i === 9 ? null : 0.85 - i / 100,
      rows: 336,
      estimated: i > 20,
    }));
    page = await renderDriftReport(
      { ...report, columns: [long, ...report.columns] },
      {
        ...context,
        distributions: new Map([...context.distributions!, [long.name, wide]]),
        quality: [{ metric: 'ROC AUC', minimum: 0.7, points }],
      },
    );
  });

  for (const [scheme, background] of [
    ['light', 'rgb(255, 255, 255)'],
    ['dark', 'rgb(20, 23, 27)'],
  ] as const)
    it(`fits a phone, in ${scheme}`, async () => {
      const seen = await look(browser, tempFolder(), page, { width: PHONE, scheme });
      expect(seen.background).to.equal(background);
      expect(seen.scrollWidth).to.equal(PHONE);
      expect(seen.pictures).to.have.length(8);
      for (const { width, height, texts, name } of seen.pictures) {
        expect(width).to.be.within(250, PHONE);
        expect(height).to.be.greaterThan(100);
        expect(texts).to.be.greaterThan(3);
        expect(name).to.match(/^Distribution of |over time$/);
      }
      expect(seen.cut).to.deep.equal([]);
    });

  it('fills a desk, runs nothing and asks for nothing', async () => {
    const seen = await look(browser, tempFolder(), page, { width: 1200, scheme: 'light' });
    expect(seen.scrollWidth).to.equal(1200);
    expect(seen.cut).to.deep.equal([]);
    expect(seen.scripts).to.equal(0);
    expect(seen.requests.filter((path) => path !== '/favicon.ico')).to.deep.equal(['/probe', '/report']);
  });

  it('prints on a few sheets', async () => {
    const document = await print(browser, tempFolder(), page);
    expect(document.subarray(0, 5).toString()).to.equal('%PDF-');
    const sheets = document.toString('latin1').match(/\/Type\s*\/Page\b/g) ?? [];
    expect(sheets.length).to.be.within(2, 10);
  });
});
