/** Numbers as a person reads them. */
export const share = (value: number): string => `${(100 * value).toFixed(value !== 0 && value < 0.001 ? 2 : 1)} %`;

export const effectText = (value: number): string => value.toFixed(value !== 0 && value < 0.01 ? 4 : 2);

/** Four digits of a value of the data. */
export const valueText = (value: number): string => String(Number(value.toPrecision(4)));

export const pText = (p: number): string => (p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(3)}`);

const MOST_NAMED = 5;

/** `'a', 'b' and 3 more` */
export const listed = (names: readonly string[]): string => {
  const named = names.slice(0, MOST_NAMED).map((name) => `'${name.length > 40 ? `${name.slice(0, 39)}…` : name}'`);
  return names.length > MOST_NAMED ? `${named.join(', ')} and ${names.length - MOST_NAMED} more` : named.join(', ');
};

export const EFFECT_NAMES: Readonly<Record<string, string>> = { ks_d: 'KS D', cramers_v: "Cramér's V" };
