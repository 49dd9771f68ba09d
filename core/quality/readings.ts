/** What drift, estimated and realized quality can mean together. */
export const READINGS = [
  'as_usual',
  'harmless_drift',
  'data_drift',
  'concept_drift',
  'data_and_concept_drift',
  'worse_for_unknown_reason',
  'not_known',
] as const;
