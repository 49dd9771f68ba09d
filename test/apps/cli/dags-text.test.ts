import { expect } from 'chai';
import { z } from 'zod';
import { cutTo, openScreen } from '../../../apps/cli/screen.js';
import { dagText, docsMarkdown, firstLine, treeText } from '../../../apps/cli/commands/dags-text.js';
import { gridRows, gridText } from '../../../apps/cli/grid-text.js';
import { pictureOf } from '../../../apps/cli/graph/picture.js';
import { paramsOf } from '../../../apps/cli/params-text.js';
import { runTree, type RunBranch } from '../../../apps/cli/run-tree.js';
import { runText } from '../../../apps/cli/run-text.js';
import { nextFirings, scheduleText } from '../../../apps/cli/schedule-text.js';
import { shellWord } from '../../../apps/cli/waiting-text.js';
import type { LiveRunState } from '../../../client/dags.js';
import { asset, at, cron, crons, dag, every, onAssets, task } from '../../../core/dag/index.js';
import type { TaskInstanceState, TaskState } from '../../../core/dag/run-state.js';

const nothing = task({ id: 'nothing', run: () => 1 });
const NIGHTLY = dag(
  {
    id: 'nightly',
    doc: 'Every night.\n\nAsk the data team.',
    params: z.object({
      model: z.string().describe('which model'),
      rows: z.number().int().min(1).default(1000),
      mode: z.enum(['fast', 'slow']).optional(),
      window: z.object({ days: z.number().default(7) }).default({ days: 7 }),
    }),
    schedule: cron('0 3 * * *', { timezone: 'Europe/Warsaw' }),
    maxActiveRuns: 1,
  },
  (d) => {
    const first = d.run(nothing, {}, { id: 'first', doc: 'Begins.' });
    d.group('etl', () => d.run(nothing, {}, { id: 'load', after: [first] }), { retries: 1 });
  },
);
const PUBLISHED = {
  id: 'nightly',
  spec: NIGHTLY.spec,
  current: { hash: NIGHTLY.hash, generation: 3, project: 'shop', file: 'dags/nightly.ts', at: '2026-01-01T00:00:00.000Z' },
};

const NOW = '2026-11-24T12:00:00.000Z';

describe('What is said of a DAG', () => {
  it('is its schedule in words', () => {
    const words: Record<string, string> = {
      '0 3 * * *': 'at 03:00 every day (UTC)',
      '*/15 * * * *': 'every 15 minutes (UTC)',
      '@hourly': 'every hour (UTC)',
      '0 3 * * mon-fri': 'at 03:00 on Monday to Friday (UTC)',
      '30 2 1,15 jan *': 'at 02:30 on day 1 and 15 of January (UTC)',
      // days of month and of week: cron fires on either
      '0 0 13 * 5': 'at 00:00 on day 13 of the month or on Friday (UTC)',
      '0 6,18 * * 0': 'at 06:00 and 18:00 on Sunday (UTC)',
      // what words would not make shorter, or not say right: every 7 minutes is cut short each hour
      '*/7 * * * *': '*/7 * * * * (UTC)',
      '3-40/5 1-9 * * *': '3-40/5 1-9 * * * (UTC)',
    };
    for (const [expression, text] of Object.entries(words)) expect(scheduleText(cron(expression)), expression).to.equal(text);
    expect(scheduleText(crons(['0 3 * * *', '0 5 * * 6'], { timezone: 'Asia/Tokyo' }))).to.equal(
      'at 03:00 every day, and at 05:00 on Saturday (Asia/Tokyo)',
    );
    expect(scheduleText(every('1 week', { anchor: '1997-04-22' }))).to.equal('every 1 week, counted from 1997-04-22');
    expect(scheduleText(at(['2026-05-01']))).to.equal('once, at 2026-05-01T00:00:00.000Z');
    expect(scheduleText(onAssets([asset('sales'), asset('stock')]))).to.match(/^when there is news of .*sales.*stock/);
  });

  it('is when it fires next, and its params as a form', () => {
    // 03:00 in Warsaw is 02:00 in UTC in winter
    expect(nextFirings(NIGHTLY.spec, NOW, 2)).to.deep.equal(['2026-11-25T02:00:00.000Z', '2026-11-26T02:00:00.000Z']);
    expect(paramsOf(NIGHTLY.spec.params)).to.deep.equal([
      { name: 'model', type: 'string', required: true, about: 'which model' },
      { name: 'rows', type: 'integer', required: false, default: 1000, about: '≥ 1' },
      { name: 'mode', type: '"fast" | "slow"', required: false, about: '' },
      { name: 'window.days', type: 'number', required: false, default: 7, about: '' },
    ]);
    const text = dagText(PUBLISHED, NOW, treeText(pictureOf(NIGHTLY.spec)));
    for (const part of [
      'nightly  Every night.',
      '  Ask the data team.',
      'schedule  at 03:00 every day (Europe/Warsaw)',
      'next      2026-11-25T02:00:00.000Z, ',
      'rules     1 run at a time',
      'model        string',
      '(required)',
      '  first  — Begins.',
      '  etl  (group, 1 retry)  ← first\n    load',
    ])
      expect(text).to.contain(part);
  });

  it('is Markdown with a picture for those who read elsewhere', () => {
    const markdown = docsMarkdown(PUBLISHED, NOW);
    expect(markdown).to.match(/^# nightly\n\nEvery night\.\n\nAsk the data team\.\n/);
    expect(markdown).to.contain('```mermaid\n---\ntitle: "nightly"');
    expect(markdown).to.contain('| `mode` | "fast" \\| "slow" |');
    expect(markdown).to.contain('| `first` |   | Begins. |');
    expect(firstLine('One\nline.\n\nMore.')).to.equal('One line.');
  });
});

const taskOf = (state: TaskState, more: Partial<TaskInstanceState> = {}): TaskInstanceState => ({
  task: 'nothing',
  state,
  tries: 1,
  ...more,
});
const START = '2026-01-01T00:00:00.000Z';
const runOf = (tasks: LiveRunState['tasks'], more: Partial<LiveRunState> = {}): LiveRunState => ({
  dag: 'nightly',
  runId: 'nightly-1',
  state: 'running',
  run: {
    id: 'nightly-1',
    dag: 'nightly',
    logicalDate: START,
    dataInterval: { start: START, end: START },
    startedAt: START,
    kind: 'manual',
    isLatest: true,
  },
  params: {},
  tasks,
  composites: {},
  edges: [],
  ...more,
});

describe('What is said of a run', () => {
  it('is a tree of what is in what, upstream first', () => {
    const run = runOf(
      {
        late: taskOf('scheduled'),
        early: taskOf('success'),
        'early.undo': taskOf('success'),
        'decide.yes.ship': taskOf('success'),
        'decide.no.stop': taskOf('skipped'),
        'parts[0].etl.load': taskOf('failed'),
        'parts[0].etl#2/load': taskOf('success'),
      },
      {
        composites: {
          decide: { kind: 'branch', state: 'success', arm: 'yes' },
          parts: { kind: 'map', state: 'success' },
          'parts[0].etl': { kind: 'group', state: 'success' },
        },
        edges: [['early', 'decide'], ['decide', 'parts'], ['parts', 'late']], // prettier-ignore
      },
    );
    const named = (branches: readonly RunBranch[]): unknown =>
      branches.map((branch) =>
        'task' in branch
          ? branch.undo ? [branch.label, 'undone'] : branch.label
          : { [branch.label]: Object.fromEntries(branch.scopes.map(({ name, branches: inside }) => [name, named(inside)])) },
      ); // prettier-ignore
    expect(named(runTree(run))).to.deep.equal([
      ['early', 'undone'],
      { decide: { yes: ['ship'], no: ['stop'] } },
      { parts: { '[0]': [{ etl: { 'try 1': ['load'], 'try 2': ['load'] } }] } },
      'late',
    ]);
    const text = runText(run);
    expect(text).to.contain("✔ decide (branch success, took 'yes')\n    yes\n      ✔ ship").and.not.to.contain('stop');
    expect(runText(run, { all: true })).to.contain('no\n      ○ stop');
  });

  it('counts the items of a map and names those that failed', () => {
    const tasks = Object.fromEntries(
      Array.from({ length: 40 }, (_, i) => [`scores[${i}].score`, taskOf(i === 7 || i > 25 ? 'failed' : i < 20 ? 'success' : 'running')]),
    );
    const composites = { scores: { kind: 'map', state: 'running' as const, items: { total: 100, success: 19, failed: 15, skipped: 0 } } };
    const text = runText(runOf(tasks, { composites }));
    expect(text).to.contain('▸ scores (map running, 100 items, 19 done, 15 failed, 66 to go)');
    expect(text).to.contain('    [7]\n      ✖ score').and.not.to.contain('    [3]\n');
    expect(text).to.contain('… 5 more failed, 1 more under way');
  });

  it('says what waits for whom, and how to answer', () => {
    const soon = new Date(Date.now() + 90_000).toISOString();
    const run = runOf(
      {
        sure: taskOf('deferred', { kind: 'approval', start: START, request: { title: 'Ship it?', show: { auc: 0.9, report: 'r.html' } } }),
        look: taskOf('deferred', { kind: 'sensor', tries: 4, start: START }),
        nap: taskOf('deferred', { kind: 'sleep', start: START, until: soon }),
        sign: taskOf('deferred', { kind: 'approval', start: START, until: soon }),
        gpu: taskOf('scheduled'),
        fit: taskOf('running', { start: START }),
        again: taskOf('up_for_retry', { tries: 2, start: START, error: { code: 'Error', message: 'no' } }),
        child: taskOf('running', { kind: 'workflow', start: START }),
        lost: taskOf('running', { start: START }),
      },
      {
        pending: {
          look: { next: soon, waitsFor: 'retry' },
          again: { next: soon, waitsFor: 'retry' },
          lost: { waitsFor: 'worker' },
        },
        waiting: [{ instance: 'fit', pool: 'gpu', since: START }],
        notes: [{ at: START, author: 'ana', text: 'watching' }],
        late: START,
        clearedFrom: 'nightly-0',
      },
    );
    const text = runText(run);
    for (const part of [
      /◦ sure \(approval deferred, .*, waits for an answer\)\n +Ship it\?\n +auc: 0\.9\n +report: r\.html\n +→ rekindle dags approve nightly-1 sure /,
      /◦ look \(sensor deferred, .*, 4 questions, asks again in 1 min (29|30) s\)/,
      new RegExp(`◦ nap \\(sleep deferred, .*, until ${soon}\\)`),
      new RegExp(`◦ sign \\(approval deferred, .*, waits for an answer until ${soon}\\)`),
      /▸ fit \(running, .*, waits for slots of pool 'gpu' since /,
      /↻ again \(up_for_retry, .*, 2 tries, next try in 1 min (29|30) s\): Error: no/,
      /▸ child \(workflow running, .*, run nightly-1\/child\)\n +→ rekindle dags state nightly-1\/child/,
      /▸ lost \(running, .*, no worker has taken it yet\)/,
      /✎ .* ana: watching/,
      /late: it missed its deadline at 2026/,
      /cleared from nightly-0/,
    ])
      expect(text).to.match(part);
    expect(shellWord("scores[3].it's")).to.equal(`'scores[3].it'\\''s'`);
  });

  it('says after a failure what to type next', () => {
    const text = runText(runOf({ first: taskOf('failed', { error: { code: 'Error', message: 'no' } }) }, { state: 'failed', end: START }));
    expect(text).to.contain('✖ first (failed): Error: no').and.to.contain('→ rekindle dags logs nightly-1 first');
  });

  it('side by side with others is a grid, oldest first', () => {
    const picture = pictureOf(NIGHTLY.spec);
    const runs = [
      runOf({ first: taskOf('success'), 'etl.load': taskOf('failed') }, { state: 'failed', end: START }),
      runOf({ first: taskOf('success'), 'etl.load': taskOf('failed'), 'etl#2/load': taskOf('success') }, { state: 'success', end: START }),
      runOf({ first: taskOf('running') }),
    ];
    expect(gridRows(picture, runs)).to.deep.equal([
      { node: 'first', states: ['success', 'success', 'running'] },
      { node: 'etl', states: [null, null, null] },
      { node: 'etl.load', states: ['failed', 'success', null] },
    ]);
    const lines = gridText(picture, runs).split('\n');
    expect(lines).to.include('run       ✖ ✔ ▸').and.to.include('first     ✔ ✔ ▸').and.to.include('etl.load  ✖ ✔');
    expect(gridText(picture, [])).to.equal('No runs.');
  });
});

describe('A screen that is redrawn', () => {
  it('goes up by what it drew, and cuts lines to the width', () => {
    let written = '';
    const screen = openScreen({ isTTY: true, columns: 11, rows: 10, write: (text) => (written += text) });
    screen.draw(['one', 'a line that is too long']);
    expect(written).to.equal('\r\x1b[Jone\na line tha\x1b[0m\n');
    written = '';
    screen.draw(Array.from({ length: 20 }, (_, i) => `${i}`));
    expect(written).to.match(/^\x1b\[2A\r\x1b\[J0\n/);
    expect(written.trimEnd().split('\n')).to.have.length(9);
    expect(written).to.match(/… 12 more /);
    expect(cutTo('\x1b[32mgreen\x1b[0m', 3)).to.equal('\x1b[32mgre\x1b[0m\x1b[0m');
  });

  it('is silent where nobody looks', () => {
    openScreen({ write: () => expect.fail('nothing is to be written') }).draw(['x']);
  });
});
