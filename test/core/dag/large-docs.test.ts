import { expect } from 'chai';
import { testDag } from '../../../core/dag/testing.js';
import type * as ProjectModule from '../../../workers/project.js';
import { filesOf } from '../../support/docs.js';
import { importOwn, projectWith } from '../../support/project.js';

describe('docs/large-runs.md', function () {
  this.timeout(60_000);

  it('maps over as many items as it is told', async () => {
    const root = projectWith({ ...(await filesOf('large-runs.md')), 'package.json': '{ "type": "module" }' });
    const { loadProject } = await importOwn<typeof ProjectModule>('workers/project');
    const { dags, problems } = await loadProject(root);
    expect(problems.map(({ message }) => message)).to.deep.equal([]);
    const { output } = await testDag(dags.get('large')!.dag, { n: 1_500 });
    expect(output).to.have.length(1_500);
    expect(output.slice(0, 8)).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 0]);
  });
});
