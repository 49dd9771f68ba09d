/** When drift of windows calls for something: not at every window, and not again and again. */
import { z } from 'zod';
import type { DriftVerdict } from './report.js';

export const TriggerRule = z
  .strictObject({
    /** of the last so many judged windows … */
    windows: z.number().int().min(1).default(1),
    /** … so many must have drifted */
    drifted: z.number().int().min(1).default(1),
    /** after it has fired: so many judged windows in a row without drift before it can fire again; 0 = it may fire at every window */
    clearAfter: z.number().int().min(0).default(0),
  })
  .refine(({ windows, drifted }) => drifted <= windows, {
    message: 'more drifted windows are asked for than windows are looked at',
    path: ['drifted'],
  });
export type TriggerRule = z.infer<typeof TriggerRule>;

export interface TriggerDecision {
  /** at the newest window */
  readonly fires: boolean;
  /** why, or why not, in a sentence */
  readonly text: string;
}

interface Walk {
  /** newest last, at most `windows` of them */
  readonly recent: readonly DriftVerdict[];
  /** has it fired, and is not cleared yet? */
  readonly held: boolean;
  /** windows without drift in a row */
  readonly quiet: number;
  readonly fires: boolean;
}

const driftedAmong = (recent: readonly DriftVerdict[]): number => recent.filter((verdict) => verdict === 'drift').length;

const step = ({ windows, drifted, clearAfter }: TriggerRule, walk: Walk, verdict: DriftVerdict): Walk => {
  const quiet = verdict === 'no_drift' ? walk.quiet + 1 : 0;
  const cleared = walk.held && quiet >= clearAfter;
  // what was seen before it fired has been answered: after clearing it counts no more
  const recent = [...(cleared && clearAfter > 0 ? [] : walk.recent), verdict].slice(-windows);
  const held = walk.held && !cleared;
  const fires = !held && verdict === 'drift' && driftedAmong(recent) >= drifted;
  return { recent, quiet, fires, held: held || (fires && clearAfter > 0) };
};

const counted = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;

/** How the last windows stand against the rule. */
const standing = ({ windows, drifted }: TriggerRule, recent: readonly DriftVerdict[]): string =>
  `${driftedAmong(recent)} of the last ${counted(recent.length, 'judged window has', 'judged windows have')} drifted, and ` +
  `${drifted} of ${windows} ${drifted === 1 ? 'is' : 'are'} needed`;

/**
 * k of n windows, and hysteresis. A window with too little data counts neither way: it is as if it had not been. The rule fires at a window
 * that has drifted when, with it, `drifted` of the last `windows` judged ones have; then not again until `clearAfter` windows in a row were
 * quiet, so that one long drift calls once.
 *
 * @param history verdicts of the windows against one reference, newest last: all since the last retraining, for a part of them may not
 * show that the rule has fired
 */
export const decideTrigger = (rule: TriggerRule, history: readonly DriftVerdict[]): TriggerDecision => {
  const newest = history.at(-1);
  if (newest === undefined) return { fires: false, text: 'No window has been judged yet.' };
  const judged = history.filter((verdict) => verdict !== 'insufficient_data');
  const start: Walk = { recent: [], held: false, quiet: 0, fires: false };
  const walk = judged.reduce((before, verdict) => step(rule, before, verdict), start);
  const stands = standing(rule, walk.recent);
  if (newest === 'insufficient_data')
    return { fires: false, text: `This window has too little data to count${judged.length === 0 ? '' : `; ${stands}`}.` };
  if (walk.fires) return { fires: true, text: `It fires: ${stands}.` };
  if (walk.held)
    return {
      fires: false,
      text: `It has fired and waits: ${counted(rule.clearAfter, 'window', 'windows')} without drift in a row clear it, and there ${walk.quiet === 1 ? 'has' : 'have'} been ${walk.quiet}.`,
    };
  return {
    fires: false,
    text: newest === 'drift' ? `It does not fire yet: ${stands}.` : `It does not fire: this window has not drifted; ${stands}.`,
  };
};
