/**
 * Vectors of the rooms that watch a model: streaming detectors, quality of regressions, label-free estimates, thresholds, choice of a test.
 * As in `statistics.ts`, a call maps the inputs of a case to ours and our answer to its field names.
 */
import { basename } from 'node:path';
import {
  adwin,
  ddm,
  detectChanges,
  eddm,
  hddmA,
  pageHinkley,
  type AdwinState,
  type StreamDetector,
  type StreamFindings,
  type StreamState,
} from '../../core/statistics/index.js';
import type { Adapter } from './adapter.js';
import { numbers, type Input } from './recipes.js';
import { firstDifference, type Tolerances } from './tolerance.js';

type Params = Readonly<Record<string, unknown>>;

interface Case {
  readonly name: string;
  readonly inputs: Readonly<Record<string, Input>>;
  readonly params: Params;
  readonly expected: Readonly<Record<string, unknown>>;
  readonly source: string;
  readonly tol?: Tolerances;
}

/** Our answer under the names of the vectors, or null for a case that no call here knows. */
type Call = (testCase: Case) => unknown;

const camelCase = (name: string): string => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

const detected =
  <S extends StreamState>(make: (options: never) => StreamDetector<S>) =>
  (options: Params, values: Float64Array): StreamFindings<StreamState> =>
    detectChanges(make(options as never), values);

const DETECTORS: Readonly<Record<string, ReturnType<typeof detected>>> = {
  adwin: detected(adwin),
  page_hinkley: detected(pageHinkley),
  ddm: detected(ddm),
  eddm: detected(eddm),
  hddm_a: detected(hddmA),
};

const streaming: Call = ({ inputs, params: { detector, ...given } }) => {
  const detect = DETECTORS[detector as string];
  if (!detect) return null;
  // river's names of parameters are ours in camel case
  const options = Object.fromEntries(Object.entries(given).map(([name, value]) => [camelCase(name), value]));
  const { driftAt: drift_at, warnings: warning_count, firstWarning: first_warning, state } = detect(options, numbers(inputs['stream']!));
  const { width, total, squares } = state as AdwinState;
  return { drift_at, warning_count, first_warning, final_width: width, final_estimation: total / width, final_variance: squares };
};

const CALLS: Readonly<Record<string, Call>> = {
  'streaming.json': streaming,
};

export const streamingAndQualityAdapter: Adapter = {
  accepts: (fileName) => basename(fileName) in CALLS,
  check: (fileName, testCase) => {
    const given = testCase as unknown as Case;
    const answer = CALLS[basename(fileName)]!(given);
    if (answer === null) return { verdict: 'skip', why: `no call for params ${JSON.stringify(given.params)}` };
    const why = firstDifference(given.expected, answer, given.tol);
    return why === null ? { verdict: 'pass' } : { verdict: 'fail', why };
  },
};
