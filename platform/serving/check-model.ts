/** Does a model file take and answer what its signature says? */
import type { InferenceSession } from 'onnxruntime-node';
import { RekindleError } from '../../core/errors.js';
import type { FeatureType, Signature } from '../../core/lifecycle/signature.js';

const TENSOR_TYPE = { number: 'float32', category: 'string' } as const satisfies Record<FeatureType, string>;

type Metadata = InferenceSession.ValueMetadata;

const describe = (meta: Metadata): string => (meta.isTensor ? `${meta.type} [${meta.shape.join(',')}]` : 'no tensor');

/** A dimension that is a name (or −1) takes any size. */
const fits = (meta: Metadata, type: string, width: number): boolean =>
  meta.isTensor && meta.type === type && meta.shape.length === 2 && (typeof meta.shape[1] !== 'number' || meta.shape[1] === width);

/** @throws SIGNATURE_MISMATCH naming the first input or output that differs */
export const checkModel = (session: InferenceSession, signature: Signature, path: string): void => {
  const mismatch = (input: string, message: string): never => {
    throw new RekindleError('SIGNATURE_MISMATCH', `${path}: ${message}.`, { path, input });
  };
  const inputs = new Map(session.inputMetadata.map((meta) => [meta.name, meta]));
  for (const { name, type } of signature.features) {
    const meta = inputs.get(name);
    if (!meta) return mismatch(name, `the model has no input '${name}' (inputs: ${[...inputs.keys()].join(', ')})`);
    if (!fits(meta, TENSOR_TYPE[type], 1)) {
      mismatch(name, `input '${name}' is ${describe(meta)}, a ${type} feature is ${TENSOR_TYPE[type]} [N,1]`);
    }
    inputs.delete(name);
  }
  for (const name of inputs.keys()) mismatch(name, `the model asks for input '${name}', which is no feature of the signature`);

  const width = signature.classes.length;
  const output = session.outputMetadata.find(({ name }) => name === 'probabilities');
  if (!output) return mismatch('probabilities', "the model has no output 'probabilities'");
  if (!fits(output, 'float32', width)) {
    mismatch('probabilities', `output 'probabilities' is ${describe(output)}, ${width} classes need float32 [N,${width}]`);
  }
  if (!signature.classes.includes(signature.positive)) {
    mismatch(signature.positive, `the positive class '${signature.positive}' is not among the classes ${signature.classes.join(', ')}`);
  }
};
