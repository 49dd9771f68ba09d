import { expect } from 'chai';
import { checkPools, poolRequestsOf, runRequestsOf } from '../../../core/dag/pool-requests.js';
import type { DagSpec } from '../../../core/dag/spec.js';
import type { TaskOptions } from '../../../core/dag/task.js';
import type { PoolConfig } from '../../../core/project-config.js';
import type * as ProjectModule from '../../../workers/project.js';
import { filesOf } from '../../support/docs.js';
import { importOwn, projectWith } from '../../support/project.js';

describe('docs/pools.md', function () {
  this.timeout(60_000);
  let spec: DagSpec;
  let pools: Readonly<Record<string, PoolConfig>>;

  before(async () => {
    const root = projectWith({ ...(await filesOf('pools.md')), 'package.json': '{ "type": "module" }' });
    const { loadProject } = await importOwn<typeof ProjectModule>('workers/project');
    const project = await loadProject(root);
    expect(project.problems.map(({ message }) => message)).to.deep.equal([]);
    spec = project.dags.get('scoring')!.dag.spec;
    pools = project.config.pools;
  });

  it('shows a configuration and a DAG that fits it', () => {
    expect(Object.fromEntries(Object.entries(pools).map(([name, { slots }]) => [name, slots]))).to.deep.equal({ gpu: 2, db: 10 });
    expect(checkPools(spec, pools)).to.deep.equal([]);
  });

  it('shows tasks that take slots in the order and with the priority that it tells', () => {
    const requests = (node: string) => poolRequestsOf(spec, node, (spec.nodes[node] as { options?: TaskOptions }).options);
    expect(runRequestsOf(spec)).to.deep.equal([{ pool: 'runs:scoring', capacity: 2, priority: 4 }]);
    expect(requests('train')).to.deep.equal([
      { pool: 'dag:scoring', capacity: 16, priority: 1 },
      { pool: 'gpu', slots: 2, priority: 1 },
    ]);
    expect(requests('score')).to.deep.equal([
      { pool: 'task:scoring.score', capacity: 5, priority: 4 },
      { pool: 'dag:scoring', capacity: 16, priority: 4 },
      { pool: 'db', slots: 1, priority: 4 },
    ]);
    expect(requests('report')).to.deep.equal([{ pool: 'dag:scoring', capacity: 16, priority: 4 }]);
  });
});
