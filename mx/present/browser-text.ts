/** Marks of what sends requests, the first that is found: browsers name those that they are like, too. */
const programs: readonly (readonly [mark: RegExp, name: string])[] = [
  [/Edg(e|A|iOS)?\//, 'Edge'],
  [/OPR\//, 'Opera'],
  [/(Firefox|FxiOS)\//, 'Firefox'],
  [/(Chrome|Chromium|CriOS)\//, 'Chrome'],
  [/Safari\//, 'Safari'],
];
const systems: readonly (readonly [mark: RegExp, name: string])[] = [
  [/Android/, 'Android'],
  [/iPhone|iPad/, 'iOS'],
  [/Windows/, 'Windows'],
  [/Mac OS X/, 'macOS'],
  [/Linux|X11/, 'Linux'],
];
const LONGEST = 40;

const nameIn = (list: typeof programs, text: string): string | undefined =>
  list.find(([mark]) => mark.test(text))?.[1];

/** `Firefox on Linux`; of what is no browser, the beginning of what it calls itself. */
export const browserText = (userAgent: string | null): string => {
  if (userAgent === null) return 'unknown';
  const program = nameIn(programs, userAgent);
  const system = nameIn(systems, userAgent);
  if (program === undefined) return userAgent.slice(0, LONGEST);
  return system === undefined ? program : `${program} on ${system}`;
};
