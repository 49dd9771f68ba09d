/** Are the columns there, with values of their types? */
import type { CheckOf } from '../../core/validation/check.js';
import type { Measured } from '../../core/validation/judge.js';
import type { Example } from '../../core/validation/report.js';
import { listed } from '../../core/drift/text.js';
import type { FileTable } from '../tables/messy/file-table.js';
import { otherThan, type CheckColumn } from './cells.js';
import { examplesOf } from './count-rows.js';

const HAIR = 1e-9;

/** Values that are there and of another type. The file has been counted when it was opened. */
const othersIn = ({ found: { stats, declared } }: CheckColumn, type: 'number' | 'time'): number => {
  if (type === 'number') return declared === null || declared === 'number' ? stats.present - stats.numbers : stats.present;
  return declared === 'time' ? 0 : stats.present - (stats.times?.count ?? 0);
};

const number = (count: number): string => count.toLocaleString('en-US');

export const checkColumns = async (
  table: FileTable,
  { columns: wanted, extraColumns, otherTypes }: CheckOf<'schema'>,
  columns: ReadonlyMap<string, CheckColumn>,
  aside: readonly string[],
): Promise<Measured> => {
  const absent = Object.keys(wanted).filter((name) => !columns.has(name));
  const extra = extraColumns ? [] : [...columns.keys()].filter((name) => !Object.hasOwn(wanted, name) && !aside.includes(name));
  const wrong: { text: string; examples: Example[] }[] = [];
  for (const [name, type] of Object.entries(wanted)) {
    const column = columns.get(name);
    if (!column || type === 'any' || type === 'category') continue;
    const others = othersIn(column, type);
    const { present } = column.found.stats;
    if (others <= otherTypes * present + HAIR) continue;
    const examples = await examplesOf(table, column, otherThan(column, type));
    const first = examples[0]?.value ?? null;
    const such = first === null ? '' : `, such as '${first}'`;
    wrong.push({ text: `'${name}' has ${number(others)} of ${number(present)} values that are no ${type}s${such}`, examples });
  }
  const said = [
    ...(absent.length === 0 ? [] : [`there is no column ${listed(absent)}`]),
    ...(extra.length === 0 ? [] : [`nobody asked for column ${listed(extra)}`]),
    ...wrong.map(({ text }) => text),
  ];
  const count = Object.keys(wanted).length;
  const text =
    said.length === 0
      ? `${count === 1 ? 'The column is' : `All ${number(count)} columns are`} there, with values of ${count === 1 ? 'its type' : 'their types'}.`
      : `${said.join('; ')}.`.replace(/^[a-z]/, (letter) => letter.toUpperCase());
  return { failing: absent.length + extra.length + wrong.length, examples: wrong.flatMap(({ examples }) => examples).slice(0, 5), text };
};
