/** What a task says of the assets that it makes new: it travels in the task's answer and ends up in the events. */
import { RekindleError } from '../errors.js';
import type { Json } from '../json.js';
import { checkAssetName, type Produced } from './asset.js';

/** By the name of the asset. */
export type Extras = Readonly<Record<string, Json>>;

/** Characters of JSON: events travel with runs and wait in a workflow. Large things are named, not sent. */
export const LARGEST_EXTRA = 16_384;

const invalid = (asset: string, problem: string): RekindleError =>
  new RekindleError('ASSET_INVALID', `What is said of asset '${asset}' ${problem}.`, { asset });

/** As JSON has it on its way: what changes afterwards changes nothing. */
const asExtra = (asset: string, extra: unknown): Json => {
  let text: string | undefined;
  try {
    text = JSON.stringify(extra);
  } catch (error) {
    throw invalid(asset, `is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (text === undefined) throw invalid(asset, 'is no JSON');
  if (text.length > LARGEST_EXTRA) throw invalid(asset, `is longer than ${LARGEST_EXTRA} characters`);
  return JSON.parse(text) as Json;
};

/** What one try says. */
export interface Said {
  /** `ctx.produced` */
  readonly produced: (asset: Produced, extra: unknown) => void;
  /** for the end of a try that succeeded */
  readonly extra: () => { readonly extra?: Extras };
}

/** @param node who says it @param produces what it produces, where that is known */
export const openSaid = (node: string, produces: () => readonly string[] | undefined): Said => {
  const said = new Map<string, Json>();
  return {
    produced: (asset, extra) => {
      const name = checkAssetName(typeof asset === 'string' ? asset : asset.asset);
      const names = produces();
      if (names && !names.includes(name)) {
        const others = names.length === 0 ? 'It produces none.' : `It produces: ${names.join(', ')}.`;
        throw new RekindleError('ASSET_NOT_PRODUCED', `Task '${node}' does not produce '${name}'. ${others}`, { task: node, asset: name });
      }
      said.set(name, asExtra(name, extra));
    },
    extra: () => (said.size === 0 ? {} : { extra: Object.fromEntries(said) }),
  };
};
