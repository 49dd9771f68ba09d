/** By what runs are found: in the Web UI, by `temporal workflow list` and by `rekindle dags runs`. */
import { upsertSearchAttributes } from '@temporalio/workflow';
import { SEARCH_ATTRIBUTES } from '../core/names.js';
import type { Json } from '../core/json.js';
import type { RunInfo } from '../core/ports.js';
import { defineSearchAttributeKey, SearchAttributeType, type SearchAttributePair } from '@temporalio/common';

const KEYS = {
  logicalDate: defineSearchAttributeKey(SEARCH_ATTRIBUTES.logicalDate, SearchAttributeType.DATETIME),
  model: defineSearchAttributeKey(SEARCH_ATTRIBUTES.model, SearchAttributeType.KEYWORD),
  state: defineSearchAttributeKey(SEARCH_ATTRIBUTES.state, SearchAttributeType.KEYWORD),
  kind: defineSearchAttributeKey(SEARCH_ATTRIBUTES.kind, SearchAttributeType.KEYWORD),
};

const modelOf = (params: Json): string | undefined => {
  const { model } = (typeof params === 'object' && params !== null ? params : {}) as { readonly model?: unknown };
  return typeof model === 'string' ? model : undefined;
};

/** Only where the server knows them: an unknown one would fail the workflow task. */
export const tellBegin = ({ logicalDate, kind }: RunInfo, params: Json): void => {
  const model = modelOf(params);
  const pairs: SearchAttributePair[] = [
    { key: KEYS.logicalDate, value: new Date(logicalDate) },
    { key: KEYS.kind, value: kind },
    { key: KEYS.state, value: 'running' },
    ...(model === undefined ? [] : [{ key: KEYS.model, value: model }]),
  ];
  upsertSearchAttributes(pairs);
};

export const tellEnd = (succeeded: boolean): void => upsertSearchAttributes([{ key: KEYS.state, value: succeeded ? 'success' : 'failed' }]);
