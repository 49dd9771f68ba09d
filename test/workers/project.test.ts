import { expect } from 'chai';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { testDag } from '../../core/dag/testing.js';
import type * as ErrorsModule from '../../core/errors.js';
import type { RekindleError } from '../../core/errors.js';
import type * as ImportModule from '../../workers/import-project.js';
import type * as ProjectModule from '../../workers/project.js';
import type { Project } from '../../workers/project.js';
import { queuesOf } from '../../workers/queues.js';
import { tempFolder } from '../support/fixtures.js';
import { HELLO, importOwn, projectWith } from '../support/project.js';

const dagFile = (id: string, task = `task({ id: '${id}-task', run: () => 1 })`, before = ''): string =>
  `import { dag, task } from 'rekindle';\n${before}\nexport default dag({ id: '${id}' }, (d) => d.run(${task}, {}));\n`;

const loadProject = async (folder: string): Promise<Project> => {
  const project = await importOwn<typeof ProjectModule>('workers/project');
  return project.loadProject(folder);
};

const messages = (problems: readonly RekindleError[]): string[] => problems.map(({ message }) => message);

describe('Loading a project', () => {
  it('needs neither a package.json nor a node_modules folder', async () => {
    const { dags, problems } = await loadProject(projectWith({ 'dags/hello.ts': HELLO }));
    expect(messages(problems)).to.deep.equal([]);
    const { state, output } = await testDag(dags.get('hello')!.dag, { name: 'Ada' });
    expect({ state, output }).to.deep.equal({ state: 'success', output: 'Hello, Ada!' });
    expect(dags.get('hello')!.file).to.equal('dags/hello.ts');
  });

  it('takes .ts files for ES modules, also in a CommonJS package, and finds what they import by .js or by nothing', async () => {
    const root = projectWith({
      'package.json': '{ "name": "old", "type": "commonjs" }',
      'lib/answer.ts': 'export const answer: number = 42;\n',
      'dags/by-js.ts': dagFile('by-js', `task({ id: 'a', run: () => answer })`, `import { answer } from '../lib/answer.js';`),
      'dags/by-nothing.ts': dagFile('by-nothing', `task({ id: 'b', run: () => answer })`, `import { answer } from '../lib/answer';`),
      'dags/awaits.ts': dagFile('awaits', `task({ id: 'c', run: () => answer })`, `const answer = await Promise.resolve(42);`),
    });
    const { dags, problems } = await loadProject(root);
    expect(messages(problems)).to.deep.equal([]);
    for (const { dag } of dags.values()) expect((await testDag(dag, {})).output).to.equal(42);
    expect([...dags.keys()]).to.have.members(['by-js', 'by-nothing', 'awaits']);
  });

  it('is the same through a symbolic link', async () => {
    const link = join(tempFolder(), 'link');
    symlinkSync(projectWith({ 'package.json': '{}', 'dags/hello.ts': HELLO }), link);
    const { dags, problems } = await loadProject(link);
    expect(messages(problems)).to.deep.equal([]);
    expect([...dags.keys()]).to.deep.equal(['hello']);
  });

  it('shares our modules with the project, so that its errors are ours', async () => {
    const root = projectWith({ 'dags/one.ts': `export { RekindleError } from 'rekindle';\n` });
    const { importerOf } = await importOwn<typeof ImportModule>('workers/import-project');
    const { RekindleError: theirs } = await importerOf(root)(join(root, 'dags/one.ts'));
    const ours = await importOwn<typeof ErrorsModule>('core/errors');
    expect(theirs).to.equal(ours.RekindleError);
  });

  it('evaluates a file that two DAGs share once', async () => {
    const root = projectWith({
      'lib/shared.ts': `import { task } from 'rekindle';\nexport const shared = task({ id: 'shared', run: () => 1 });\n`,
      'dags/a.ts': dagFile('a', 'shared', `import { shared } from '../lib/shared.js';`),
      'dags/b.ts': dagFile('b', 'shared', `import { shared } from '../lib/shared.js';`),
    });
    const { dags, tasks, problems } = await loadProject(root);
    expect(messages(problems)).to.deep.equal([]);
    expect([...dags.keys()]).to.deep.equal(['a', 'b']);
    expect([...tasks.keys()]).to.deep.equal(['shared']);
  });

  it('names the file, the line and the cause of what throws, and loads the others', async () => {
    const root = projectWith({
      'dags/broken.ts': `const limit: number = 1;\n\nthrow new Error('no database');\n`,
      'dags/typo.ts': `export default {\n`,
      'dags/hello.ts': HELLO,
    });
    const { dags, problems } = await loadProject(root);
    expect([...dags.keys()]).to.deep.equal(['hello']);
    expect(problems.map(({ code, details }) => [code, details['file']])).to.deep.equal([
      ['PROJECT_INVALID', 'dags/broken.ts'],
      ['PROJECT_INVALID', 'dags/typo.ts'],
    ]);
    expect(problems[0]!.message).to.match(/^dags\/broken\.ts:3:\d+: no database$/);
    expect(problems[1]!.message).to.equal('dags/typo.ts:2:0: Expected identifier but found end of file');
  });

  it('says the code of a DAG or a model that is wrong in itself', async () => {
    const root = projectWith({
      'dags/twice.ts': `import { dag, task } from 'rekindle';\nconst t = task({ id: 't', run: () => 1 });\nexport default dag({ id: 'twice' }, (d) => { d.run(t); d.run(t); });\n`,
      'models/half.ts': `import { defineModel } from 'rekindle';\nexport default defineModel({ name: 'half' } as never);\n`,
    });
    const { problems } = await loadProject(root);
    expect(problems.map(({ details }) => details['file'])).to.have.members(['dags/twice.ts', 'models/half.ts']);
    expect(messages(problems).join('\n'))
      .to.match(/DAG_INVALID: .*'twice'/)
      .and.to.match(/MODEL_SPEC_INVALID: Model 'half'/);
  });

  it('loads neither of two DAGs of one id and names both files', async () => {
    const { dags, problems } = await loadProject(
      projectWith({
        'dags/a.ts': dagFile('same', `task({ id: 'x', run: () => 1 })`),
        'dags/b.ts': dagFile('same', `task({ id: 'y', run: () => 1 })`),
        'dags/hello.ts': HELLO,
      }),
    );
    expect([...dags.keys()]).to.deep.equal(['hello']);
    expect(messages(problems)).to.deep.equal([`dags/a.ts and dags/b.ts: two different DAGs are called 'same'.`]);
  });

  it('loads no DAG with a task that shares its id with a different one', async () => {
    const { dags, tasks, problems } = await loadProject(
      projectWith({
        'dags/a.ts': dagFile('a', `task({ id: 'load', run: () => 1 })`),
        'dags/b.ts': dagFile('b', `task({ id: 'load', run: () => 2 })`),
        'dags/hello.ts': HELLO,
      }),
    );
    expect([...dags.keys()]).to.deep.equal(['hello']);
    expect([...tasks.keys()]).to.deep.equal(['greet']);
    expect(messages(problems)).to.deep.equal([`dags/a.ts and dags/b.ts: two different tasks are called 'load'.`]);
  });

  describe('A child DAG by its id', () => {
    const parent = (body: string): string => `import { dag } from 'rekindle';\nexport default dag({ id: 'parent' }, (d) => { ${body} });\n`;

    it('has to be there: the error names file, node and the ids that there are, the likeliest first; the other DAGs load', async () => {
      const { dags, problems } = await loadProject(
        projectWith({
          'dags/a.ts': dagFile('archive'),
          'dags/hello.ts': HELLO,
          'dags/parent.ts': parent(`d.group('g', () => { d.runDag('hlelo', {}, { id: 'call' }); });`),
        }),
      );
      expect([...dags.keys()]).to.have.members(['archive', 'hello']);
      expect(problems.map(({ code }) => code)).to.deep.equal(['DAG_NOT_FOUND']);
      expect(messages(problems)).to.deep.equal([
        `dags/parent.ts: Node 'g.call' of DAG 'parent' runs the DAG 'hlelo', which the project does not have ` +
          `(it has: hello, parent, archive). If the workers of another queue have it, say which: { queue: '…' }.`,
      ]);
      expect(problems[0]!.details).to.include({ file: 'dags/parent.ts', dag: 'parent', node: 'g.call', child: 'hlelo' });
    });

    it('may be the DAG itself, one with a problem of its own, one in a file that throws, or one of another queue', async () => {
      const { dags } = await loadProject(
        projectWith({
          'dags/parent.ts': parent(
            `d.when(d.runDag('poor') as never, () => { d.runDag('parent'); }); d.runDag('far', {}, { queue: 'far' });`,
          ),
          'dags/poor.ts': dagFile('poor', `task({ id: 'p', pool: 'nowhere', run: () => 1 })`),
        }),
      );
      expect([...dags.keys()]).to.deep.equal(['parent']);
      const broken = await loadProject(
        projectWith({ 'dags/parent.ts': parent(`d.runDag('lost');`), 'dags/lost.ts': 'throw new Error();' }),
      );
      expect([...broken.dags.keys()]).to.deep.equal(['parent']);
    });

    it('is of the shipped DAGs where there are models only', async () => {
      const { problems } = await loadProject(projectWith({ 'dags/parent.ts': parent(`d.runDag('retraining', { model: 'm' });`) }));
      expect(problems.map(({ code }) => code)).to.deep.equal(['DAG_NOT_FOUND']);
    });
  });

  describe('The suite of data checks of a model', () => {
    const model = (checks: string): string => `import { defineModel, csv, processTrainer } from 'rekindle';
      export default defineModel({ name: 'm', problem: { kind: 'binary', target: 'y', positive: '1' },
        data: { source: csv('d.csv'), time: 't', features: { x: 'number' }, window: { training: '4 weeks', holdout: '1 week' }, checks: '${checks}' },
        trainer: processTrainer('sklearn'), monitor: { every: '1 week' } });`;
    const suite = { schema: 'rekindle/check-suite/1', checks: [{ check: 'not_null', column: 'x', severity: 'error' }] };

    it('is read once, and is in the model as data: a change of it is a change of the model', async () => {
      const load = async (text: string) => {
        const { models, problems } = await loadProject(projectWith({ 'models/m.ts': model('checks/m.json'), 'checks/m.json': text }));
        expect(messages(problems)).to.deep.equal([]);
        return models.get('m')!;
      };
      const first = await load(JSON.stringify(suite));
      expect(first.spec.data.checks).to.deep.equal(suite);
      const other = await load(JSON.stringify({ ...suite, checks: [] }));
      expect(other.hash).not.to.equal(first.hash);
    });

    const wrong: [what: string, checks: string, text: string | undefined, says: RegExp][] = [
      ['is not there', 'checks/m.json', undefined, /checks\/m\.json cannot be read in the project/],
      ['is no JSON', 'checks/m.json', '{', /checks\/m\.json is no JSON/],
      ['is no suite', 'checks/m.json', JSON.stringify({ ...suite, checks: [{ check: 'nul' }] }), /checks\/m\.json: checks\[0\]\.check/],
      ['is elsewhere', '../m.json', undefined, /\.\.\/m\.json lies outside the project/],
    ];
    for (const [what, checks, text, says] of wrong)
      it(`that ${what} is a problem of the model that names the file; the other models load`, async () => {
        const { models, problems } = await loadProject(
          projectWith({
            'models/m.ts': model(checks),
            'models/other.ts': model('').replace(", checks: ''", '').replace("name: 'm'", "name: 'other'"),
            ...(text === undefined ? {} : { 'checks/m.json': text }),
          }),
        );
        expect([...models.keys()]).to.deep.equal(['other']);
        expect(problems.map(({ code }) => code)).to.deep.equal(['MODEL_SPEC_INVALID']);
        expect(problems[0]!.message)
          .to.match(/^models\/m\.ts: Model 'm': data\.checks: /)
          .and.to.match(says);
      });
  });

  it('finds a forgotten export and leaves tests and declarations alone', async () => {
    const { problems } = await loadProject(
      projectWith({ 'dags/helper.ts': 'export const one = 1;\n', 'dags/hello.test.ts': 'throw 1;', 'dags/types.d.ts': 'export {};' }),
    );
    expect(messages(problems)).to.deep.equal(['dags/helper.ts exports no DAG; what others share belongs outside dags/.']);
  });

  it('brings the shipped DAGs to projects with models only', async () => {
    const model = `import { csv, defineModel, processTrainer } from 'rekindle';
      export default defineModel({ name: 'm', problem: { kind: 'binary', target: 'y', positive: '1' },
        data: { source: csv('d.csv'), time: 't', features: { x: 'number' }, window: { training: '4 weeks', holdout: '1 week' } },
        trainer: processTrainer('sklearn'), monitor: { every: '1 week' } });`;
    const { dags, models, problems } = await loadProject(projectWith({ 'models/m.ts': model }));
    expect(messages(problems)).to.deep.equal([]);
    expect([...dags.keys()]).to.have.members(['retraining', 'monitoring']);
    expect(models.get('m')).to.deep.include({ file: 'models/m.ts' });
    expect(models.get('m')!.hash).to.match(/^[0-9a-f]{64}$/);
    expect((await loadProject(projectWith({ 'dags/hello.ts': HELLO }))).dags.has('retraining')).to.equal(false);
  });

  it('reads rekindle.config.ts and says what is wrong in it', async () => {
    const good = projectWith({
      'rekindle.config.ts': `import { defineConfig } from 'rekindle';\nexport default defineConfig({ queues: { gpu: { concurrency: 2 } } });\n`,
    });
    expect((await loadProject(good)).config.queues).to.deep.equal({ gpu: { concurrency: 2 } });
    const bad = await loadProject(projectWith({ 'rekindle.config.ts': `export default { queues: { gpu: { concurrency: 0 } } };\n` }));
    expect(messages(bad.problems).join()).to.match(/^rekindle\.config\.ts: queues\.gpu\.concurrency: /);
  });

  it('knows the queues that its tasks are sent to, wherever they stand', async () => {
    const root = projectWith({
      'dags/queues.ts': `import { dag, task } from 'rekindle';
        const t = (id: string, queue?: string) => task({ id, run: () => true, ...(queue ? { queue } : {}) });
        const foreign = task({ id: 'theirs', queue: 'python', output: { '~standard': { version: 1, vendor: 'x', validate: (value: unknown) => ({ value }) } } as never });
        export default dag({ id: 'queues' }, (d) => {
          const first = d.run(t('first', 'gpu'), {}, { compensate: t('undo', 'cleanup') as never });
          d.when(first as never, () => { d.run(t('inner'), {}, { queue: 'mail' }); });
          d.run(foreign, {});
        });`,
    });
    const project = await loadProject(root);
    expect(messages(project.problems)).to.deep.equal([]);
    expect(queuesOf(project)).to.have.members(['orchestration', 'data', 'gpu', 'cleanup', 'mail']);
  });

  it('refuses a folder that is not there', async () => {
    const error = await loadProject('/nowhere/at/all').catch((reason: unknown) => reason);
    expect(error).to.have.property('code', 'PROJECT_INVALID');
  });
});
