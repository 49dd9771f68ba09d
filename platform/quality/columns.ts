/** Which columns of a file of predictions say what: as was asked, or by their names. */
import type { Finding } from '../../core/drift/report.js';
import { listed } from '../../core/drift/text.js';
import { RekindleError } from '../../core/errors.js';
import type { FileTable } from '../tables/messy/file-table.js';

/** Names of columns as a person gives them; what is not given is looked for. */
export interface AskedColumns {
  /** what happened */
  readonly target?: string;
  /** score of the positive class */
  readonly score?: string;
  /** score of every class: names, or patterns such as `p_*` */
  readonly scores?: readonly string[];
  /** the class, or the number, that was predicted */
  readonly prediction?: string;
  readonly weight?: string;
  /** time that each prediction took */
  readonly latency?: string;
}

export interface FoundColumns {
  readonly target: string;
  readonly score: string | null;
  readonly scores: readonly string[];
  readonly prediction: string | null;
  readonly weight: string | null;
  readonly latency: string | null;
}

/** Names that say what a column is, in the order in which they are looked for. */
const USUAL = {
  target: ['target', 'label', 'actual', 'outcome', 'truth', 'y_true', 'class', 'y'],
  score: ['score', 'probability', 'proba', 'y_score', 'y_prob', 'y_proba'],
  prediction: ['prediction', 'predicted', 'y_pred', 'pred'],
} as const;

/** Beginnings of the names of columns that have the scores of classes. */
const USUAL_SCORES = ['score_', 'proba_', 'probability_', 'prob_', 'p_'] as const;

const usual = (table: FileTable, what: keyof typeof USUAL): string | undefined => {
  const byName = new Map([...table.columns.keys()].map((name) => [name.toLowerCase(), name]));
  return USUAL[what].map((name) => byName.get(name)).find((name) => name !== undefined);
};

/** Whether a name is like `p_*`: a star stands for anything. */
const isLike = (name: string, pattern: string): boolean =>
  new RegExp(`^${pattern.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`, 's').test(name);

/** Columns that a list of names and patterns means. */
const expanded = (table: FileTable, asked: readonly string[], taken: readonly (string | undefined)[]): string[] =>
  asked.flatMap((text) => {
    if (table.columns.has(text) || !text.includes('*')) return [text];
    const found = [...table.columns.keys()].filter((name) => isLike(name, text) && !taken.includes(name));
    if (found.length > 0) return found;
    throw new RekindleError(
      'USAGE',
      `--scores: no column of ${table.name} is like '${text}'; it has ${[...table.columns.keys()].join(', ')}.`,
    );
  });

const mustHave = (table: FileTable, names: readonly (string | null)[]): void => {
  const unknown = names.filter((name): name is string => name !== null && !table.columns.has(name));
  if (unknown.length === 0) return;
  throw new RekindleError('USAGE', `${table.name} has no column ${listed(unknown)}; it has ${[...table.columns.keys()].join(', ')}.`, {
    columns: unknown,
  });
};

/**
 * @param only `prediction` where a score would mean nothing
 * @throws USAGE
 */
export const findColumns = (
  table: FileTable,
  asked: AskedColumns,
  only?: 'prediction',
): { readonly columns: FoundColumns; readonly findings: readonly Finding[] } => {
  const found: string[] = [];
  const looked = (what: keyof typeof USUAL): string | undefined => {
    const name = usual(table, what);
    if (name !== undefined) found.push(`'${name}' as ${what === 'target' ? 'what happened' : `the ${what}`}`);
    return name;
  };
  const target = asked.target ?? looked('target');
  if (target === undefined)
    throw new RekindleError(
      'USAGE',
      `Say with --target which column of ${table.name} says what happened; it has ${[...table.columns.keys()].join(', ')}.`,
    );
  const taken = [target, asked.weight, asked.latency, asked.prediction];
  let scores = expanded(table, asked.scores ?? [], taken);
  let { score, prediction } = asked;
  if (score === undefined && prediction === undefined && scores.length === 0) {
    if (only !== 'prediction') {
      score = looked('score');
      const prefix =
        score === undefined &&
        USUAL_SCORES.find(
          (start) => [...table.columns.keys()].filter((name) => name.startsWith(start) && !taken.includes(name)).length > 1,
        );
      if (typeof prefix === 'string') {
        scores = expanded(table, [`${prefix}*`], taken);
        found.push(`'${prefix}*' as the scores of the classes`);
      }
    }
    prediction = looked('prediction');
  }
  if (score === undefined && prediction === undefined && scores.length === 0)
    throw new RekindleError(
      'USAGE',
      `Say with --score, --scores or --prediction which column of ${table.name} says what was predicted; it has ${[...table.columns.keys()].join(', ')}.`,
    );
  const columns: FoundColumns = {
    target,
    score: score ?? null,
    scores,
    prediction: prediction ?? null,
    weight: asked.weight ?? null,
    latency: asked.latency ?? null,
  };
  mustHave(table, [columns.target, columns.score, ...columns.scores, columns.prediction, columns.weight, columns.latency]);
  const findings =
    found.length === 0 ? [] : [{ code: 'columns_by_name', text: `Read by their names: ${found.join(', ')}.`, file: table.name }];
  return { columns, findings };
};

/**
 * The class that each column of scores is about: what stands for the `*`, or its name, or what distinguishes it from the others.
 *
 * @param known classes that occur
 */
export const classesOfScores = (columns: readonly string[], known: readonly string[]): string[] => {
  if (known.every((name) => columns.includes(name))) return [...columns];
  const [first = ''] = columns;
  let start = 0;
  while (start < first.length && columns.every((name) => name[start] === first[start])) start++;
  // classes may begin alike as well: of 'p_1', 'p_10' the classes are '1' and '10'
  for (let at = start; at >= 0; at--) {
    const names = columns.map((name) => name.slice(at));
    if (known.every((name) => names.includes(name))) return names;
  }
  return columns.map((name) => name.slice(start));
};
