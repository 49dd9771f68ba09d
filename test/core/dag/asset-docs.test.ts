import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { assetLoops, consumersOf, producersOf } from '../../../core/dag/asset-graph.js';
import { testDag } from '../../../core/dag/testing.js';
import type * as ProjectModule from '../../../workers/project.js';
import { importOwn, projectWith } from '../../support/project.js';

describe('docs/assets.md', function () {
  this.timeout(30_000);

  it('shows DAGs that load and mean what the page says', async () => {
    const page = await readFile(fileURLToPath(new URL('../../../docs/assets.md', import.meta.url)), 'utf8');
    const files = Object.fromEntries([...page.matchAll(/```ts\n\/\/ (\S+)\n([\s\S]*?)```/g)].map(([, path, code]) => [path!, code!]));
    expect(Object.keys(files)).to.have.members(['assets.ts', 'dags/load-sales.ts', 'dags/report.ts', 'dags/daily.ts']);
    const { loadProject } = await importOwn<typeof ProjectModule>('workers/project');
    const { dags, problems } = await loadProject(projectWith(files));
    expect(problems.map(({ message }) => message)).to.deep.equal([]);
    const specs = [...dags.values()].map(({ dag }) => dag.spec);
    expect(producersOf(specs, 'sales')).to.deep.equal([{ dag: 'load-sales', task: 'load-sales' }]);
    expect(consumersOf(specs, 'sales').map(({ id }) => id)).to.deep.equal(['report']);
    expect(dags.get('report')!.dag.spec.schedule).to.deep.equal({
      kind: 'assets',
      when: { any: [{ asset: 'report-requested' }, { all: [{ asset: 'sales' }, { asset: 'stock' }] }] },
    });
    expect(dags.get('daily')!.dag.spec.schedule).to.deep.equal({
      ...{ kind: 'assets', partitioned: true },
      when: { all: [{ asset: 'clicks', partition: 'day', every: 'hour' }, { asset: 'prices' }] },
    });
    expect(assetLoops(specs)).to.deep.equal([]);
    expect((await testDag(dags.get('report')!.dag, {})).output).to.equal('made of ');
  });
});
