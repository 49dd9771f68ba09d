import { expect } from 'chai';
import fc from 'fast-check';
import type { DriftVerdict } from '../../../core/drift/report.js';
import { decideTrigger, TriggerRule } from '../../../core/drift/trigger-rule.js';

const VERDICTS: Readonly<Record<string, DriftVerdict>> = { D: 'drift', '.': 'no_drift', '?': 'insufficient_data' };
const history = (letters: string): DriftVerdict[] => [...letters].map((letter) => VERDICTS[letter]!);
const rule = (windows: number, drifted: number, clearAfter: number): TriggerRule => TriggerRule.parse({ windows, drifted, clearAfter });

/** `!` under each window at which the rule fires, as the windows come one by one. */
const firing = (of: TriggerRule, letters: string): string =>
  [...letters].map((_, i) => (decideTrigger(of, history(letters.slice(0, i + 1))).fires ? '!' : ' ')).join('');

describe('a trigger rule', () => {
  it('fires at every drifted window unless told otherwise', () => {
    expect(firing(TriggerRule.parse({}), 'D.DD?D.')).to.equal('! !! ! ');
  });

  it('fires when k of the last n windows have drifted, and at a drifted one only', () => {
    expect(firing(rule(3, 2, 0), 'D.D..D.D.')).to.equal('  !    ! ');
    expect(firing(rule(3, 2, 0), 'D..D..D..')).to.equal('         ');
    expect(firing(rule(2, 2, 0), 'DDD')).to.equal(' !!');
  });

  it('takes a window with too little data as if it had not been', () => {
    expect(firing(rule(2, 2, 0), 'D???D?')).to.equal('    ! ');
    expect(firing(rule(1, 1, 2), 'D.?.?D')).to.equal('!    !');
  });

  it('fires once for one long drift, and again only after enough quiet windows in a row', () => {
    expect(firing(rule(1, 1, 2), 'DDDD.DD..D')).to.equal('!        !');
    expect(firing(rule(3, 2, 2), 'DD..D.D')).to.equal(' !    !');
  });

  it('forgets what it has answered: drift from before the clearing does not count', () => {
    expect(firing(rule(4, 2, 2), 'DD..D')).to.equal(' !   ');
    expect(firing(rule(4, 2, 2), 'DD..DD')).to.equal(' !   !');
  });

  it('says why', () => {
    const text = (of: TriggerRule, letters: string): string => decideTrigger(of, history(letters)).text;
    expect(text(rule(3, 2, 0), '')).to.equal('No window has been judged yet.');
    expect(text(rule(3, 2, 0), 'D')).to.equal('It does not fire yet: 1 of the last 1 judged window has drifted, and 2 of 3 are needed.');
    expect(text(rule(3, 2, 0), 'D.D')).to.equal('It fires: 2 of the last 3 judged windows have drifted, and 2 of 3 are needed.');
    expect(text(rule(1, 1, 3), 'DD.')).to.equal('It has fired and waits: 3 windows without drift in a row clear it, and there has been 1.');
    expect(text(rule(3, 2, 0), 'D?')).to.equal(
      'This window has too little data to count; 1 of the last 1 judged window has drifted, and 2 of 3 are needed.',
    );
    expect(text(rule(1, 1, 0), '?')).to.equal('This window has too little data to count.');
  });

  it('refuses to ask for more drifted windows than it looks at', () => {
    expect(TriggerRule.safeParse({ windows: 2, drifted: 3 }).error!.issues[0]!.message).to.equal(
      'more drifted windows are asked for than windows are looked at',
    );
  });

  it('never fires twice within `clearAfter` judged windows, nor with fewer than k drifted ones', () => {
    const letters = fc.array(fc.constantFrom('D', '.', '?'), { maxLength: 40 }).map((list) => list.join(''));
    fc.assert(
      fc.property(letters, fc.integer({ min: 1, max: 5 }), fc.nat({ max: 4 }), fc.nat({ max: 3 }), (all, k, more, clearAfter) => {
        const fired = firing(rule(k + more, k, clearAfter), all);
        const judged = [...all].flatMap((letter, i) => (letter === '?' ? [] : [{ letter, fired: fired[i] === '!' }]));
        let since = Infinity;
        judged.forEach((window, i) => {
          since++;
          if (!window.fired) return;
          expect(window.letter).to.equal('D');
          expect(judged.slice(Math.max(0, i - k - more + 1), i + 1).filter(({ letter }) => letter === 'D').length).to.be.at.least(k);
          expect(since).to.be.above(clearAfter);
          since = 0;
        });
        for (const [i, letter] of [...all].entries()) if (letter === '?') expect(fired[i]).to.equal(' ');
      }),
    );
  });
});
