/** The kinds of timeperiod, ordered from fine to coarse. */
export const qualifiers = ['hourly', 'daily', 'monthly', 'yearly'] as const;

/** How much time a timeperiod covers; a timeperiod means nothing without it. */
export type Qualifier = (typeof qualifiers)[number];

/** For sorting from fine to coarse: negative when `a` is finer than `b`, 0 when they are equal. */
export const compareQualifiers = (a: Qualifier, b: Qualifier): number =>
  qualifiers.indexOf(a) - qualifiers.indexOf(b);

/** Whether periods of `a` enclose periods of `b`; false for equal qualifiers. */
export const isCoarser = (a: Qualifier, b: Qualifier): boolean => compareQualifiers(a, b) > 0;
