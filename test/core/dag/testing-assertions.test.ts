import { expect } from 'chai';
import { z } from 'zod';
import { dag, task } from '../../../core/dag/index.js';
import { assertStates, expectRun, testDag, treeOf, type TestResult } from '../../../core/dag/testing.js';

const work = (id: string) => task({ id, run: () => id });
const pipeline = dag({ id: 'nightly', params: z.object({ go: z.enum(['promote', 'keep']) }) }, (d, { params }) => {
  const first = d.run(work('extract'), {}, { retries: 2 });
  const scores = d.map([1, 2, 3], () => d.run(work('score')), { id: 'scores', after: [first], maxConcurrency: 2, mayFail: true });
  d.branch(
    params.go,
    { promote: () => d.run(work('deploy')), keep: () => d.run(work('reject')) },
    { id: 'decide', after: [scores], triggerRule: 'all_done' },
  );
  d.group('etl', () => d.run(work('load')), { retries: 1 });
});

const run = (): Promise<TestResult> =>
  testDag(
    pipeline,
    { go: 'promote' },
    {
      run: { logicalDate: '2026-03-01T00:00:00.000Z' },
      outcomes: {
        extract: ['fail', 'success'],
        'scores[1].score': { throws: new RangeError('nothing to score') },
        'etl.load': ['fail'],
        'etl#2/load': 'success',
        score: { takes: '1 minute' },
      },
    },
  );

const TREE = `\
nightly  success  (logical date 2026-03-01T00:00:00.000Z)
├─ ✔ extract  success  2 tries
├─ ✘ scores   failed  2 of 3 items
│  ├─ ✔ [0].score  success
│  ├─ ✘ [1].score  failed  RangeError: nothing to score
│  └─ ✔ [2].score  success
├─ ✔ decide   success  → promote
│  ├─ ✔ promote.deploy  success
│  └─ ○ keep.reject     skipped
└─ ✔ etl      success
   ├─ ✘ load     failed  ChosenFailure: The test says so.
   └─ ✔ #2/load  success`;

const errorOf = (check: () => unknown): Error & { actual?: unknown; expected?: unknown } => {
  try {
    check();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was refused');
};

describe('what tests say of runs', () => {
  let result: TestResult;
  before(async () => (result = await run()));

  it('prints a run as a tree', () => expect(treeOf(result)).to.equal(TREE));

  it('shows what failed of a large map, and how much else there is', async () => {
    const large = dag({ id: 'large' }, (d) =>
      d.map(
        Array.from({ length: 500 }, (_, i) => i),
        () => d.run(work('w')),
        { id: 'm' },
      ),
    );
    const lines = treeOf(await testDag(large, {}, { outcomes: { 'm[321].w': 'fail' } })).split('\n');
    expect(lines).to.have.length(1 + 1 + 20 + 1);
    expect(lines.join('\n')).to.contain('[321].w').and.contain('and 480 more');
  });

  it('lets states pass that are as expected, by name and by pattern', () => {
    assertStates(result, { extract: 'success', 'decide.keep.*': 'skipped', scores: 'failed', 'scores[2].*': 'success' });
  });

  it('names every state that is another one, and what is not there at all', () => {
    const error = errorOf(() => assertStates(result, { extract: 'skipped', 'scores[*].score': 'success', nowhere: 'success' }));
    expect(error.name).to.equal('AssertionError');
    expect(error.message).to.contain(
      'The run has other states than expected:\n' +
        '  extract: success, expected skipped\n' +
        '  scores[1].score: failed, expected success\n' +
        '  nowhere: is no part of this run, expected success\n\nnightly  success',
    );
    expect(error.actual).to.deep.equal({ extract: 'success', 'scores[1].score': 'failed', nowhere: 'is no part of this run' });
    expect(error.expected).to.deep.equal({ extract: 'skipped', 'scores[1].score': 'success', nowhere: 'success' });
  });

  it('reads as a sentence where that is nicer', () => {
    expectRun(result)
      .toHaveSucceeded(null)
      .task('extract')
      .succeeded('extract')
      .task('extract')
      .tried(2)
      .task('scores[1].score')
      .failed('RangeError')
      .task('decide.keep.reject')
      .skipped()
      .states({ decide: 'success' })
      .inOrder('extract', 'scores[0].score', 'decide.promote.deploy')
      .atMost(2, 'scores[*].score');
  });

  const refusals: [string, (of: ReturnType<typeof expectRun>) => unknown, string][] = [
    ['the end of the run', (of) => of.toHaveFailed(), 'The run is success, expected failed.'],
    ['what the run returned', (of) => of.toHaveSucceeded({ a: 1 }), 'The run returned something else than expected.'],
    ['that it waits', (of) => of.toWait(), 'The run is success, expected running.'],
    ['a task that there is not', (of) => of.task('nowhere').skipped(), "'nowhere' is no task instance of this run."],
    ['the state of a task', (of) => of.task('extract').skipped(), "'extract' is success, expected skipped."],
    ['a failure further up', (of) => of.task('extract').upstreamFailed(), "'extract' is success, expected upstream_failed."],
    ['the output of a task', (of) => of.task('extract').succeeded({ rows: 1 }), "'extract' made another output than expected."],
    [
      'the code of a failure',
      (of) => of.task('scores[1].score').failed('TypeError'),
      "'scores[1].score' failed with RangeError, expected TypeError.",
    ],
    ['how often it was tried', (of) => of.task('extract').tried(1), "'extract' was tried 2 times, expected 1."],
    ['the order', (of) => of.inOrder('decide.promote.deploy', 'extract'), "'extract' began before 'decide.promote.deploy' had ended."],
    ['the order of what never ran', (of) => of.inOrder('extract', 'decide.keep.reject'), "'decide.keep.reject' never ran."],
    ['how many run at a time', (of) => of.atMost(1, 'scores[*].score'), "2 of 'scores[*].score' ran at a time, expected at most 1."],
  ];
  for (const [what, check, message] of refusals)
    it(`refuses ${what}, and shows the run`, () => {
      const error = errorOf(() => check(expectRun(result)));
      expect(error).to.include({ name: 'AssertionError', message: `${message}\n\n${treeOf(result)}\n` });
    });
});
