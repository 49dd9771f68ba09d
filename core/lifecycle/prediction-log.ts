/** The prediction log: which columns the Parquet files of predictions and labels have. The gateway writes them, monitoring reads them. */
import type { FeatureType } from './signature.js';

export interface LogColumn {
  readonly name: string;
  /** DuckDB type; every time is UTC without a zone */
  readonly sqlType: 'VARCHAR' | 'DOUBLE' | 'TIMESTAMP';
}

/** Column that holds the value of a feature as the model saw it. */
export const featureColumn = (feature: string): string => `feature_${feature}`;

export const featureSqlType = (type: FeatureType): 'DOUBLE' | 'VARCHAR' => (type === 'number' ? 'DOUBLE' : 'VARCHAR');

/** One row per answered row of a request; files lie in the day folder of `event_time`. */
export const PREDICTION_COLUMNS: readonly LogColumn[] = [
  /** unique per row, see `predictionRowId` */
  { name: 'prediction_id', sqlType: 'VARCHAR' },
  /** when the event happened: said by the sender, else the arrival */
  { name: 'event_time', sqlType: 'TIMESTAMP' },
  /** wall clock of the arrival */
  { name: 'received_at', sqlType: 'TIMESTAMP' },
  /** version that answered */
  { name: 'version', sqlType: 'VARCHAR' },
  /** probability of the positive class */
  { name: 'score', sqlType: 'DOUBLE' },
  /** the answered class */
  { name: 'prediction', sqlType: 'VARCHAR' },
  /** time of the whole request that held the row */
  { name: 'latency_ms', sqlType: 'DOUBLE' },
];

/** One row per label; files lie in the day folder of `event_time`. A label that comes twice: the latest `received_at` counts. */
export const LABEL_COLUMNS: readonly LogColumn[] = [
  { name: 'prediction_id', sqlType: 'VARCHAR' },
  { name: 'label', sqlType: 'VARCHAR' },
  /** of the prediction when the sender said it, else the arrival */
  { name: 'event_time', sqlType: 'TIMESTAMP' },
  /** wall clock of the arrival */
  { name: 'received_at', sqlType: 'TIMESTAMP' },
];

/** Columns of a prediction file of a model with these features, in order. Missing values are NULL. */
export const predictionColumns = (features: readonly { readonly name: string; readonly type: FeatureType }[]): LogColumn[] => [
  ...PREDICTION_COLUMNS,
  ...features.map(({ name, type }) => ({ name: featureColumn(name), sqlType: featureSqlType(type) })),
];
