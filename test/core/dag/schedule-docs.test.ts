import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { cron, firings } from '../../../core/dag/schedule.js';
import { filesOf } from '../../support/docs.js';
import { importOwn, projectWith } from '../../support/project.js';
import type * as ProjectModule from '../../../workers/project.js';

const page = readFileSync(new URL('../../../docs/schedules.md', import.meta.url), 'utf8');

describe('docs/schedules.md', () => {
  it('shows a DAG and schedules that load', async function () {
    this.timeout(60_000);
    const schedules = [...page.matchAll(/^\| `((cron|crons|every|at)\(.+\))` \|/gm)];
    expect(schedules.map(([, , builder]) => builder)).to.deep.equal(['cron', 'cron', 'crons', 'every', 'at']);
    const listed = schedules.map(([, code], i) => [
      `dags/listed${i}.ts`,
      `import { at, cron, crons, dag, every } from 'rekindle';
       const timezone = 'UTC';
       export default dag({ id: 'listed${i}', schedule: ${code} }, () => null);`,
    ]);
    const files: Record<string, string> = { ...(await filesOf('schedules.md')), ...Object.fromEntries(listed) };
    const { loadProject } = await importOwn<typeof ProjectModule>('workers/project');
    const { dags, problems } = await loadProject(projectWith({ ...files, 'package.json': '{ "type": "module" }' }));
    expect(problems.map(({ message }) => message)).to.deep.equal([]);
    expect([...dags.keys()].sort()).to.deep.equal(['listed0', 'listed1', 'listed2', 'listed3', 'listed4', 'sales']);
    expect(dags.get('sales')?.dag.spec).to.deep.include({ catchup: true, maxActiveRuns: 2, startDate: '2026-11-20' });
  });

  it('says what fires where clocks change', () => {
    const rows = [...page.matchAll(/^\| `([^`]+)` \| (20\S+) \| (\S+) \| (.+) \|$/gm)];
    expect(rows).to.have.length(5);
    for (const [, expression, from, to, times] of rows) {
      const fires = [...firings(cron(expression!, { timezone: 'Europe/Warsaw' }), { from: from!, to: to! })];
      expect(fires.map((time) => time.slice(5, 16).replace('T', ' ')).join(', '), expression).to.equal(times);
    }
  });
});
