/** What a reader should know of a column although it is no drift. */
import type { ColumnReport, Finding } from '../../core/drift/report.js';
import type { Frame } from '../../core/frame.js';
import type { Profile } from '../../core/profile/profile.js';

/** From this many values on, and this share of the rows, a column names its rows. */
const IDENTIFIES_FROM = 100;
const IDENTIFIES_SHARE = 0.9;

const emptySide = (profile: Profile['columns'][string] | undefined, column: Frame['columns'][string] | undefined): boolean =>
  profile !== undefined && column !== undefined && profile.missing === profile.rows && profile.rows > 0;

/** @param frames what was compared */
export const driftFindings = (
  { name, effect, missing, findings }: ColumnReport,
  { profile, current }: { readonly profile: Profile; readonly current: Frame },
): Finding[] => {
  const before = Object.hasOwn(profile.columns, name) ? profile.columns[name] : undefined;
  const now = Object.hasOwn(current.columns, name) ? current.columns[name] : undefined;
  const found: Finding[] = [];
  if (emptySide(before, now))
    found.push(
      missing.current === 1
        ? { code: 'column_empty', text: 'Every value is missing, in the reference too: there is nothing to compare.' }
        : { code: 'reference_empty', text: 'Every value of the reference is missing: there is nothing to compare with.' },
    );
  if (before?.type === 'number' && effect?.value === 0 && before.values.length === 1)
    found.push({ code: 'constant', text: `Every value is ${before.min}, in the reference too.` });
  if (before?.type === 'category' && effect?.value === 0) {
    const categories = Object.keys(before.counts);
    if (categories.length === 1) found.push({ code: 'constant', text: `Every value is '${categories[0]}', in the reference too.` });
  }
  if (now?.type === 'category' && now.categories.length >= IDENTIFIES_FROM) {
    const share = now.categories.length / Math.max(1, current.rows * (1 - missing.current));
    if (share >= IDENTIFIES_SHARE)
      found.push({
        code: 'identifier',
        text: `${now.categories.length.toLocaleString('en-US')} different values in ${current.rows.toLocaleString('en-US')} rows: it names the rows. Leave it out with --columns.`,
      });
  }
  return findings.some(({ code }) => code === 'column_empty') ? found.filter(({ code }) => code !== 'column_empty') : found;
};
