/** From frames to the tensors of one inference. */
import type * as Runtime from 'onnxruntime-node';
import type { InferenceSession } from 'onnxruntime-node';
import { RekindleError } from '../../core/errors.js';
import type { Column, Frame } from '../../core/frame.js';
import type { FeatureType, Signature } from '../../core/lifecycle/signature.js';

/** What a missing category is for the model; the trainers encode it the same way. A missing number is NaN. */
export const MISSING_CATEGORY = '';

/** Rows `from` … `from + rows` of a frame. */
export interface Slice {
  readonly frame: Frame;
  readonly from: number;
  readonly rows: number;
}

type Tensors = Pick<typeof Runtime, 'Tensor'>;

type ColumnOf<T extends FeatureType> = Extract<Column, { type: T }>;

const columnOf = <T extends FeatureType>(frame: Frame, name: string, type: T): ColumnOf<T> => {
  const column = frame.columns[name];
  if (column?.type === type) return column as ColumnOf<T>;
  const found = column ? `is a ${column.type} column` : 'is missing';
  throw new RekindleError('SIGNATURE_MISMATCH', `Feature '${name}' (${type}) ${found} in the rows to score.`, { column: name });
};

/** @throws SIGNATURE_MISMATCH naming the first feature that the frame lacks or holds in the other type */
export const checkFrame = (features: Signature['features'], frame: Frame): void => {
  for (const { name, type } of features) columnOf(frame, name, type);
};

/** float32 [N,1]: the precision the models were trained in */
const numbers = (slices: readonly Slice[], name: string, total: number): Float32Array => {
  const tensor = new Float32Array(total);
  let at = 0;
  for (const { frame, from, rows } of slices) {
    const { values } = columnOf(frame, name, 'number');
    for (let row = from; row < from + rows; row += 1, at += 1) tensor[at] = values[row]!;
  }
  return tensor;
};

/** string [N,1] */
const categories = (slices: readonly Slice[], name: string): string[] => {
  const tensor: string[] = [];
  for (const { frame, from, rows } of slices) {
    const column = columnOf(frame, name, 'category');
    for (let row = from; row < from + rows; row += 1) tensor.push(column.categories[column.codes[row]!] ?? MISSING_CATEGORY);
  }
  return tensor;
};

/** One tensor per feature, the slices one below the other. */
export const feedsOf = ({ Tensor }: Tensors, features: Signature['features'], slices: readonly Slice[]): InferenceSession.FeedsType => {
  const total = slices.reduce((sum, { rows }) => sum + rows, 0);
  const feeds: Record<string, InstanceType<typeof Tensor>> = {};
  for (const { name, type } of features) {
    feeds[name] =
      type === 'number'
        ? new Tensor('float32', numbers(slices, name, total), [total, 1])
        : new Tensor('string', categories(slices, name), [total, 1]);
  }
  return feeds;
};
