/** Answers numbers of [0, 1). */
type Random = () => number;

const below = (random: Random, limit: number): number => Math.floor(random() * limit);
const pick = <T>(random: Random, from: readonly T[]): T => {
  const picked = from[below(random, from.length)];
  if (picked === undefined) throw new Error('there is nothing to pick from');
  return picked;
};

const LONGEST = 300;
/** Every code unit there is: control characters and halves of pairs as well. */
const anyText = (random: Random): string =>
  Array.from({ length: below(random, LONGEST) }, () => String.fromCharCode(below(random, 0x10000))).join('');

/** What breaks those who put text into something else. */
const poison = [
  '',
  ' ',
  '\0',
  '__proto__',
  'constructor',
  'toString',
  'null',
  'undefined',
  'NaN',
  '-1',
  '1e309',
  '[]',
  '{}',
  '{"uowId":"Hour/2015053100#1"}',
  '{"$gt":""}',
  '$where',
  'a.b.$[]',
  '../../../../etc/passwd',
  "'; DROP TABLE unit_of_work; --",
  '%s%s%n',
  '\r\n\r\n',
  '\u2028',
  '\uFEFF',
] as const;

/** A genuine body with one thing wrong. */
const damaged = (random: Random, genuine: string): string => {
  const at = below(random, genuine.length + 1);
  const [before, after] = [genuine.slice(0, at), genuine.slice(at)];
  const other = String.fromCharCode(below(random, 0x10000));
  return pick(random, [
    before,
    after,
    before + other + after,
    before + other + after.slice(1),
    genuine + genuine,
    genuine.toUpperCase(),
    `${genuine}\n`,
  ]);
};

const MEGABYTE = 1_000_000;
/** One body in so many is of megabytes. */
const HUGE_ONE_IN = 500;

/** A body that means nothing, or something else than the genuine ones it was made of. */
export const garbage = (random: Random, genuine: readonly string[]): string => {
  if (below(random, HUGE_ONE_IN) === 0)
    return pick(random, ['x', '\0', 'ü', '😀']).repeat(MEGABYTE / 2 + below(random, MEGABYTE));
  const made = [anyText, (by: Random) => pick(by, poison), (by: Random) => damaged(by, pick(by, genuine))];
  return pick(random, made)(random);
};
