import { expect } from 'chai';
import type * as ProjectModule from '../../workers/project.js';
import { importOwn, projectWith } from '../support/project.js';

const dagOf = (id: string, pool: string): string => `
import { dag, task } from 'rekindle';
const work = task({ id: '${id}', pool: ${pool}, run: () => 1 });
export default dag({ id: '${id}' }, (d) => d.run(work));
`;
const DAGS = {
  'package.json': '{ "type": "module" }',
  'dags/fine.ts': dagOf('fine', "'gpu'"),
  'dags/typo.ts': dagOf('typo', "'gpus'"),
  'dags/greedy.ts': dagOf('greedy', "{ name: 'gpu', slots: 3 }"),
};

const load = async (files: Record<string, string>) => {
  const { loadProject } = await importOwn<typeof ProjectModule>('workers/project');
  const { dags, problems } = await loadProject(projectWith(files));
  return { dags: [...dags.keys()], problems: problems.map(({ code, message }) => `${code} ${message}`) };
};

describe('pools of a project', function () {
  this.timeout(60_000);

  it('are known when it is loaded: a DAG that asks for what it cannot get is left out', async () => {
    const config = `import { defineConfig } from 'rekindle'; export default defineConfig({ pools: { gpu: { slots: 2 } } });`;
    const { dags, problems } = await load({ ...DAGS, 'rekindle.config.ts': config });
    expect(dags).to.deep.equal(['fine']);
    expect(problems).to.have.members([
      "POOL_NOT_FOUND dags/typo.ts: Task 'typo' of DAG 'typo' asks for pool 'gpus', which rekindle.config.ts does not declare (it has: gpu).",
      "POOL_TOO_SMALL dags/greedy.ts: Task 'greedy' of DAG 'greedy' asks for 3 slots of pool 'gpu', which has 2.",
    ]);
  });

  it('are not missed where the configuration itself is broken', async () => {
    const { dags, problems } = await load({ ...DAGS, 'rekindle.config.ts': `export default { pools: { 'a b': { slots: 1 } } };` });
    expect(dags).to.have.members(['fine', 'typo', 'greedy']);
    expect(problems).to.have.length(1);
    expect(problems[0]).to.match(/^PROJECT_INVALID rekindle\.config\.ts: pools\.a b: /);
  });
});
