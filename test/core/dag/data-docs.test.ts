import { join } from 'node:path';
import { expect } from 'chai';
import type { Dag } from '../../../core/dag/dag.js';
import { testDag } from '../../../core/dag/testing.js';
import { endOf, storedAt, type StoredValue } from '../../../core/dag/wire.js';
import type * as ProjectModule from '../../../workers/project.js';
import { filesOf } from '../../support/docs.js';
import { importOwn, projectWith } from '../../support/project.js';
import { attempt, environment, failureOf } from '../../workers/attempts.js';

describe('docs/data.md', function () {
  this.timeout(60_000);
  let project: ProjectModule.Project;
  const dagOf = (id: string): Dag => project.dags.get(id)!.dag;

  before(async () => {
    const root = projectWith({ ...(await filesOf('data.md')), 'package.json': '{ "type": "module" }' });
    const { loadProject } = await importOwn<typeof ProjectModule>('workers/project');
    project = await loadProject(root);
    expect(project.problems.map(({ message }) => message)).to.deep.equal([]);
    expect(join(root, project.dags.get('rows')!.file)).to.equal(join(root, 'dags/rows.ts'));
  });

  it('shows a large output that goes from task to task', async () => {
    expect((await testDag(dagOf('rows'), {})).output).to.deep.equal({ fourth: 9, count: 5_000 });
    const env = environment({ specOf: (id) => (id === 'rows' ? dagOf('rows').spec : undefined) });
    const run = { logicalDate: '2026-01-01T00:00:00.000Z', dag: 'rows', id: 'rows-manual-1' };
    const ask = (id: string, input: unknown): Promise<unknown> =>
      attempt(project.tasks.get(id)!, input, { env, meta: { instance: id, run } });
    const stored = (await ask('extract', {})) as StoredValue;
    expect(stored.$stored).to.include({ key: 'runs/rows/rows-manual-1/extract/output.json', bytes: 142_790 });
    expect(await ask('count', { rows: storedAt(stored, ['rows']) })).to.equal(5_000);
    expect(await ask('square', storedAt(stored, ['rows', '3']))).to.equal(9);
    expect(await failureOf(ask('square', { n: '3', text: '' }))).to.have.property(
      'message',
      "Input of task 'square': n: expected number, received string (from extract.rows.3.n). Send the task what its input schema asks for.",
    );
  });

  it('shows a result that another run takes over', async () => {
    const env = environment();
    const ask = async (id: string, requestedBy: string) => {
      const run = { logicalDate: '2026-01-01T00:00:00.000Z', id };
      return endOf(await attempt(project.tasks.get('embed')!, { text: 'hi', requestedBy }, { env, meta: { run } }));
    };
    expect(await ask('r1', 'ana')).to.deep.equal({ state: 'success', output: [104, 105], tries: 1 });
    expect(await ask('r2', 'ben')).to.deep.include({ output: [104, 105], cached: 'r1' });
  });

  it('shows a state that is kept from run to run', async () => {
    const env = environment();
    const loaded = () => attempt(project.tasks.get('load')!, {}, { env });
    expect(await loaded()).to.deep.equal({ loaded: [3, 5] });
    expect(await loaded()).to.deep.equal({ loaded: [8, 13] });
    expect(await loaded()).to.deep.equal({ loaded: [21] });
    expect(await loaded()).to.deep.equal({ loaded: [] });
    expect((await testDag(dagOf('incremental'), {})).output).to.deep.equal({ loaded: [3, 5] });
  });
});
