import { expect } from 'chai';
import type { Dag } from '../../../core/dag/dag.js';
import { testDag } from '../../../core/dag/testing.js';
import type * as ProjectModule from '../../../workers/project.js';
import { filesOf } from '../../support/docs.js';
import { importOwn, projectWith } from '../../support/project.js';

describe('docs/coming-from-airflow.md', function () {
  this.timeout(60_000);
  let sales: Dag;

  before(async () => {
    const root = projectWith({ ...(await filesOf('coming-from-airflow.md')), 'package.json': '{ "type": "module" }' });
    const { loadProject } = await importOwn<typeof ProjectModule>('workers/project');
    const project = await loadProject(root);
    expect(project.problems.map(({ message }) => message)).to.deep.equal([]);
    sales = project.dags.get('sales')!.dag;
  });

  it('translates a DAG that publishes what it has counted', async () => {
    const { output, tasks } = await testDag(sales, {});
    expect(output).to.equal(16);
    expect(tasks['branch.complain.complain']).to.include({ state: 'skipped' });
    expect(tasks['tidy']).to.include({ state: 'success' });
  });

  it('and complains when there is too little', async () => {
    const { output, tasks } = await testDag(sales, { limit: 1 });
    expect(output).to.equal(null);
    expect(tasks['branch.publish.publish']).to.include({ state: 'skipped' });
    expect(tasks['tidy']).to.include({ state: 'success' });
  });
});
