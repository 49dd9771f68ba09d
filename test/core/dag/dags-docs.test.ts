import { expect } from 'chai';
import { join, resolve } from 'node:path';
import ts from 'typescript';
import { ownExports } from '../../../platform/package.js';
import type { Dag } from '../../../core/dag/dag.js';
import { testDag, type TestOptions } from '../../../core/dag/testing.js';
import type * as ImportModule from '../../../workers/import-project.js';
import type * as ProjectModule from '../../../workers/project.js';
import { filesOf } from '../../support/docs.js';
import { importOwn, projectWith } from '../../support/project.js';

describe('docs/dags.md', function () {
  this.timeout(60_000);
  let pages: Readonly<Record<string, string>>;
  let root: string;
  let dags: ReadonlyMap<string, Dag>;

  const run = (id: string, params: object = {}, options: TestOptions = {}) => testDag(dags.get(id)!, params, options);
  const statesOf = (tasks: Readonly<Record<string, { readonly state: string }>>) =>
    Object.fromEntries(Object.entries(tasks).map(([instance, { state }]) => [instance, state]));

  before(async () => {
    pages = await filesOf('dags.md');
    root = projectWith({ ...pages, 'package.json': '{ "type": "module" }' });
    const { loadProject } = await importOwn<typeof ProjectModule>('workers/project');
    const project = await loadProject(root);
    expect(project.problems.map(({ message }) => message)).to.deep.equal([]);
    dags = new Map([...project.dags].map(([id, { dag }]) => [id, dag]));
  });

  it('shows code that compiles', () => {
    const files = Object.keys(pages).map((path) => join(root, path));
    const { config } = ts.readConfigFile('tsconfig.base.json', (path) => ts.sys.readFile(path)) as { config: unknown };
    const { options } = ts.parseJsonConfigFileContent(config, { ...ts.sys, readDirectory: () => [] }, '.'); // files of ours are of no interest
    const paths = Object.fromEntries(
      Object.entries({ ...ownExports(), zod: resolve('node_modules/zod/index.d.ts') }).map(([name, path]) => [name, [path]]),
    );
    const program = ts.createProgram(files, { ...options, paths, noEmit: true, typeRoots: [resolve('node_modules/@types')] });
    const problems = files
      .flatMap((path) => program.getSemanticDiagnostics(program.getSourceFile(path)))
      .map(({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`);
    expect(problems.join('\n')).to.equal('');
  });

  it('shows tasks and the edges that their references make', async () => {
    const { tasks, output } = await run('sales', { day: 'monday' }, { run: { id: 'r1' } });
    expect(statesOf(tasks)).to.deep.equal({ list: 'success', load: 'success', loadSecond: 'success', judge: 'success', note: 'success' });
    expect(output).to.equal('25 rows in r1'); // 'monday/a.csv' and 'monday/bb.csv'
    expect((await run('hello')).output).to.equal('hello');
  });

  it('shows branches, of which one arm runs', async () => {
    expect((await run('decide', { rows: [20] })).output).to.equal('https://example.com/20');
    const thin = await run('decide', { rows: [1], loud: true });
    expect(thin.output).to.equal('too little');
    expect(statesOf(thin.tasks)).to.deep.include({ 'branch.good.publish': 'skipped', 'loudly.true.note': 'success' });
  });

  it('shows a group that is run again as a whole', async () => {
    const { tasks, output } = await run('tried', {}, { outcomes: { 'etl.note': 'fail', 'etl#2/note': 'success' } });
    expect(output).to.equal('5 rows');
    expect(tasks['etl#2/note']).to.deep.include({ state: 'success', output: 'try 2: 5 rows' });
  });

  it('shows maps: zipped, crossed, nested, over pairs', async () => {
    const { tasks, output } = await run('scores', { day: 'd' });
    expect(output).to.deep.equal({
      total: 7 + 8,
      named: ['0: d/a.csv has 7', '1: d/bb.csv has 8'],
      grid: [
        ['eu 1', 'eu 2'],
        ['us 1', 'us 2'],
      ],
    });
    expect(Object.keys(tasks)).to.include.members(['loaded[1].load', 'grid[0].map[1].note', 'everywhere[3].load']);
    expect(tasks['pairs[1].note']).to.have.property('output', 'us pays in dollar');
  });

  it('shows a resource that is given back however its body ends', async () => {
    expect((await run('cluster')).output).to.deep.equal([11, 12]);
    const failed = await run('cluster', {}, { outcomes: { load: 'fail' } });
    expect(failed.state).to.equal('failed');
    expect(statesOf(failed.tasks)).to.deep.include({ 'using.loads[0].load': 'failed', 'using.stop': 'success' });
    const neverStarted = await run('cluster', {}, { outcomes: { start: 'fail' } });
    expect(neverStarted.tasks['using.stop']!.state).to.not.equal('success');
  });

  it('shows sensors and sleeps', async () => {
    const found = { returns: { path: 'x.csv' } };
    const { timeline, output } = await run('patient', { path: 'x.csv' }, { outcomes: { arrived: ['not_yet', 'not_yet', found] } });
    expect(output).to.deep.equal({ rows: 5 });
    const at = (instance: string): number => Date.parse(timeline.find((entry) => entry.instance === instance)!.at);
    expect(at('load') - at('arrived')).to.equal(10 * 60_000);
    expect(at('again') - at('load')).to.equal(2 * 3_600_000);
    const late = await run('patient', { path: 'x.csv' }, { outcomes: { arrived: 'not_yet' } });
    expect(late.tasks['arrived']).to.deep.include({ state: 'failed' }).and.to.have.nested.property('error.code', 'TASK_TIMED_OUT');
  });

  it('shows an approval, and how to test it', async () => {
    const no = await run('ask', { rows: [5] }, { approvals: { release: { decision: 'rejected', approver: 'ana', reason: 'not today' } } });
    expect(no.output).to.equal('ana: not today');
    const { importerOf } = await importOwn<typeof ImportModule>('workers/import-project');
    const tested = await importerOf(root)(join(root, 'test/ask.ts'));
    expect(tested).to.deep.include({ state: 'success', output: 'stubbed' });
  });

  it('shows child runs and work of other workers', async () => {
    const { output, tasks } = await run(
      'parent',
      {},
      {
        children: { decide: dags.get('decide')! },
        stubs: { py_train: { auc: 0.9 }, WriteReport: { pages: 3 } },
      },
    );
    expect(output).to.deep.equal({ url: 'https://example.com/50', pages: 3 });
    expect(tasks['WriteReport']!.state).to.equal('success');
  });

  it('shows what is undone when the run fails', async () => {
    const { tasks } = await run('careful', {}, { outcomes: { note: 'fail' } });
    expect(statesOf(tasks)).to.deep.equal({ publish: 'success', note: 'failed', 'publish.undo': 'success' });
  });

  it('shows what runs in spite of failures', async () => {
    const { state, tasks, output } = await run('tolerant');
    expect(statesOf(tasks)).to.deep.equal({ flaky: 'failed', load: 'upstream_failed', cleanUp: 'success' });
    expect(output).to.equal('nothing, 0');
    expect(state).to.equal('success');
  });

  it("shows Airflow's own marks", async () => {
    const { tasks } = await run('as-in-airflow');
    expect(statesOf(tasks)).to.deep.include({
      left: 'success',
      right: 'skipped',
      report: 'skipped',
      send: 'skipped',
      work: 'success',
      close: 'success',
    });
    const broken = await run('as-in-airflow', {}, { outcomes: { work: 'fail' } });
    expect(broken.tasks['close']!.state).to.equal('success');
  });

  it('shows callbacks and deadlines', async () => {
    const { callbacks, late } = await run('watched', {}, { outcomes: { load: ['fail', { takes: '9 minutes' }] } });
    expect(callbacks.map(({ task, event }) => [task, event.event, event.instance])).to.deep.equal([['page', 'retry', 'load']]);
    expect(late).to.equal(undefined);
    const failed = await run('watched', {}, { outcomes: { load: 'fail' } });
    expect(failed.callbacks.map(({ event }) => event.event)).to.deep.equal(['retry', 'retry', 'retry', 'failure', 'failure']);
  });
});
