import type { Range } from './usual-range.js';

/** What is known of a window of rows: of its inputs, of the quality to expect of them, and of the quality that labels have shown. */
export interface WindowEvidence {
  /** verdict on the inputs against the reference; null when they were not compared */
  readonly drift: 'drift' | 'no_drift' | 'insufficient_data' | null;
  /** as people call it: `ROC-AUC`, `MAE` */
  readonly metric: string;
  /** false for errors and losses */
  readonly higherIsBetter: boolean;
  /** where the metric lay in chunks of the reference */
  readonly usual: Range;
  /** estimated without labels (`estimateCbpe`, `estimateDle`); null when there is none */
  readonly estimated: { readonly value: number; readonly band: Range } | null;
  /** what the owner of the model demands of the metric, and whether what was measured misses it: that is worse, whatever is usual */
  readonly required?: { readonly value: number; readonly missed: boolean };
  /** measured on rows whose label has arrived, with its confidence interval; null before any has */
  readonly realized: { readonly value: number; readonly interval: readonly [number, number]; readonly rows: number } | null;
}

/**
 * - `as_usual`: nothing to see
 * - `harmless_drift`: the inputs have changed, quality has not
 * - `data_drift`: quality is worse, as was to be expected of these inputs
 * - `concept_drift`: quality is worse than these inputs explain: the same inputs have come to mean something else
 * - `data_and_concept_drift`: both
 * - `worse_for_unknown_reason`: quality is worse, and there is too little to say why
 * - `not_known`: too little of everything
 */
export type Reading =
  'as_usual' | 'harmless_drift' | 'data_drift' | 'concept_drift' | 'data_and_concept_drift' | 'worse_for_unknown_reason' | 'not_known';

export interface ConceptReading {
  readonly reading: Reading;
  readonly reasons: readonly string[];
  /** what to do about it, in one sentence */
  readonly advice: string;
}

const ADVICE: Readonly<Record<Reading, string>> = {
  as_usual: 'Nothing to do.',
  harmless_drift: 'Nothing to do: retraining would not make it better.',
  data_drift: 'Retrain on all labelled rows that look like the new ones: what they teach still holds.',
  concept_drift: 'Retrain on recent rows only: older labels teach what no longer holds.',
  data_and_concept_drift: 'Retrain on recent rows only: older labels teach what no longer holds.',
  worse_for_unknown_reason: 'Look at the rows that went wrong, and retrain when enough labels have arrived.',
  not_known: 'Wait for more rows or for labels.',
};

/** Compact: four significant digits. */
const digits = (value: number): string => String(Number(value.toPrecision(4)));

/** The facts in words, worst first. */
interface Facts {
  /** the whole interval of realized quality lies on the bad side of what is usual, or what is required is missed; null when nobody knows */
  readonly worse: boolean | null;
  /** the same, of what was estimated */
  readonly unexplained: boolean | null;
  /** the estimate itself lies on the bad side of what is usual or required */
  readonly expected: boolean | null;
}

const isWorse = (value: number, limit: number | null, higherIsBetter: boolean): boolean | null =>
  limit === null ? null : higherIsBetter ? value < limit : value > limit;

/** What is not known decides only where nothing else does. */
const eitherOf = (a: boolean | null, b: boolean | null): boolean | null => (a === true || b === true ? true : (a ?? b));

const factsOf = ({ higherIsBetter, usual, required, estimated, realized }: WindowEvidence): Facts => {
  const short = (value: number): boolean | null => isWorse(value, required?.value ?? null, higherIsBetter);
  const badSide = (range: Range): number | null => (higherIsBetter ? range.lower : range.upper);
  // the end of the interval that speaks for the model: only when even that is bad is it certain
  const kindest = realized && realized.interval[higherIsBetter ? 1 : 0];
  return {
    worse: kindest === null ? null : required?.missed === true || isWorse(kindest, badSide(usual), higherIsBetter),
    unexplained: kindest === null || estimated === null ? null : isWorse(kindest, badSide(estimated.band), higherIsBetter),
    expected: estimated === null ? null : eitherOf(isWorse(estimated.value, badSide(usual), higherIsBetter), short(estimated.value)),
  };
};

const withoutLabels = (drift: WindowEvidence['drift'], expected: boolean | null): Reading => {
  if (expected === true) return 'data_drift';
  if (drift === 'no_drift' || (drift === null && expected === false)) return 'as_usual';
  if (expected === null || drift === 'insufficient_data') return 'not_known';
  return 'harmless_drift';
};

const readingOf = (drift: WindowEvidence['drift'], realized: boolean, { worse, unexplained, expected }: Facts): Reading => {
  if (!realized) return withoutLabels(drift, expected);
  if (worse === null) return unexplained === true ? 'concept_drift' : withoutLabels(drift, expected);
  if (!worse) return drift === 'drift' ? 'harmless_drift' : 'as_usual';
  if (unexplained === true) return expected === true ? 'data_and_concept_drift' : 'concept_drift';
  if (expected === true) return 'data_drift';
  // no estimate to compare with: inputs that have not changed cannot be the reason, inputs that have may be
  if (unexplained === null && drift === 'no_drift') return 'concept_drift';
  return 'worse_for_unknown_reason';
};

const rangeText = ({ lower, upper }: Range): string =>
  `${lower === null ? 'anything' : digits(lower)} to ${upper === null ? 'anything' : digits(upper)}`;

const reasonsOf = (evidence: WindowEvidence, { worse, unexplained, expected }: Facts): string[] => {
  const { drift, metric, usual, required, estimated, realized } = evidence;
  const inputs = {
    drift: 'The inputs have drifted.',
    no_drift: 'The inputs are as they were.',
    insufficient_data: 'There are too few rows to say whether the inputs have drifted.',
    not_compared: 'The inputs were not compared.',
  }[drift ?? 'not_compared'];
  const reasons: string[] = [];
  if (realized) {
    const [low, high] = realized.interval;
    const measured = `${metric} is ${digits(realized.value)} (${digits(low)} to ${digits(high)}) on ${realized.rows} labelled rows`;
    const limit = required?.missed === true ? `the required ${digits(required.value)}` : `the usual ${rangeText(usual)}`;
    const verdict = worse === null ? '' : worse ? `, worse than ${limit}` : `, no worse than ${limit}`;
    reasons.push(`${measured}${verdict}.`);
  } else {
    reasons.push('No label has arrived: a change of concept could not be seen.');
  }
  if (estimated) {
    const fit = unexplained === null ? '' : unexplained ? ': these inputs do not explain what was measured' : ': what was measured agrees';
    reasons.push(
      `For these inputs ${digits(estimated.value)} (${rangeText(estimated.band)}) was to be expected${expected ? ', worse than usual' : ''}${fit}.`,
    );
  }
  reasons.push(inputs);
  return reasons;
};

/**
 * Reads drift of the inputs, estimated and realized quality together. Inputs that are as they were, and quality that is worse than they
 * explain, is concept drift: the one kind that neither a drift report nor a label-free estimate can see, and the one that asks for
 * other training rows.
 *
 * It calls quality worse only when its whole interval is.
 *
 * @see Gama et al., A Survey on Concept Drift Adaptation (2014)
 */
export const readConceptDrift = (evidence: WindowEvidence): ConceptReading => {
  const facts = factsOf(evidence);
  const reading = readingOf(evidence.drift, evidence.realized !== null, facts);
  return { reading, reasons: reasonsOf(evidence, facts), advice: ADVICE[reading] };
};
