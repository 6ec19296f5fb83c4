import assert from 'node:assert/strict';

import fc from 'fast-check';

import { nextAfter, parseSchedule } from '../../../domain/schedule/schedule.ts';

const DAY = 86_400_000;
const END = Date.UTC(10_000, 0);

/** A repeating interval, by the numbers that its text is written from. */
interface Sample {
  readonly start: number;
  /** Minutes ahead of UTC. */
  readonly offset: number;
  readonly hasSeconds: boolean;
  readonly count: number | undefined;
  readonly lengths: Readonly<
    Record<'years' | 'months' | 'weeks' | 'days' | 'hours' | 'minutes' | 'seconds', number>
  >;
  /** Firings to walk over, and how far from the last of them the question is asked: ms, or a part of the way to the next. */
  readonly steps: number;
  readonly aside: { readonly ms: number } | { readonly part: number };
}

const two = (value: number): string => String(value).padStart(2, '0');

const write = ({ start, offset, hasSeconds, count, lengths }: Sample): string => {
  const { years, months, weeks, days, hours, minutes, seconds } = lengths;
  const wall = new Date(start + offset * 60_000).toISOString();
  const away = Math.abs(offset);
  const zone =
    offset === 0 ? 'Z' : `${offset < 0 ? '-' : '+'}${two(Math.floor(away / 60))}:${two(away % 60)}`;
  const field = (amount: number, unit: string): string => (amount === 0 ? '' : `${amount}${unit}`);
  const date = field(years, 'Y') + field(months, 'M') + field(weeks, 'W') + field(days, 'D');
  const time = field(hours, 'H') + field(minutes, 'M') + field(seconds, 'S');
  const written = hasSeconds ? wall.slice(0, -1) : wall.slice(0, 16);
  return `R${count ?? ''}/${written}${zone}/P${date}${time === '' ? '' : `T${time}`}`;
};

/** Firing number k by the fields of a Date, which knows nothing of the code under test. */
const firingOf = ({ start, offset, lengths }: Sample, k: number): number => {
  const { years, months, weeks, days, hours, minutes, seconds } = lengths;
  const date = new Date(start + offset * 60_000);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCFullYear(date.getUTCFullYear() + k * years);
  date.setUTCMonth(date.getUTCMonth() + k * months);
  const month = date.getUTCMonth();
  date.setUTCDate(day);
  // A day that the month lacks has become one of the month after.
  while (date.getUTCMonth() !== month) date.setTime(date.getTime() - DAY);
  for (const [amount, unit] of [
    [weeks, 7 * DAY],
    [days, DAY],
    [hours, 3_600_000],
    [minutes, 60_000],
    [seconds, 1000],
  ] as const)
    date.setTime(date.getTime() + k * amount * unit);
  return date.getTime() - offset * 60_000;
};

const length = (most: number): fc.Arbitrary<number> =>
  fc.oneof({ arbitrary: fc.constant(0), weight: 3 }, { arbitrary: fc.nat(most), weight: 2 });

const sample: fc.Arbitrary<Sample> = fc
  .record({
    start: fc
      .tuple(fc.integer({ min: Date.UTC(1950, 0) / DAY, max: Date.UTC(2110, 0) / DAY }), fc.nat(DAY - 1))
      .map(([day, ms]) => day * DAY + ms),
    isMonthEnd: fc.boolean(),
    offset: fc.oneof(fc.constant(0), fc.integer({ min: -12 * 60, max: 14 * 60 })),
    hasSeconds: fc.boolean(),
    count: fc.option(fc.nat(40), { nil: undefined }),
    lengths: fc.record({
      ...{ years: length(6), months: length(30), weeks: length(9), days: length(400) },
      ...{ hours: length(60), minutes: length(200), seconds: length(5000) },
    }),
    steps: fc.nat(40),
    aside: fc.oneof(
      fc.record({ ms: fc.constantFrom(-1, 0, 1) }),
      fc.record({ part: fc.double({ min: -0.5, max: 1, noNaN: true }) }),
    ),
  })
  .map(({ isMonthEnd, ...rest }) => {
    // On the wall, so that the last days of months are met as often as the others together.
    const date = new Date(rest.start + rest.offset * 60_000);
    if (isMonthEnd) date.setUTCMonth(date.getUTCMonth() + 1, 0);
    if (!rest.hasSeconds) date.setUTCSeconds(0, 0);
    return { ...rest, start: date.getTime() - rest.offset * 60_000 };
  });

describe('iso schedules', () => {
  it('agree with a walk from the start, 20,000 at random', () => {
    fc.assert(
      fc.property(sample, (given) => {
        const { years, months } = given.lengths;
        fc.pre(Object.values(given.lengths).some((amount) => amount > 0));
        fc.pre(given.start >= 0 || years + months > 0);
        const { aside, steps } = given;
        const [from, to] = [firingOf(given, steps), firingOf(given, steps + 1)];
        const instant = from + ('ms' in aside ? aside.ms : Math.floor(aside.part * (to - from)));
        let previous: number | undefined;
        let next: number | undefined;
        for (let k = 0; k <= (given.count ?? Infinity) && next === undefined; k++) {
          const firing = firingOf(given, k);
          if (firing < 0 || firing >= END) continue;
          if (firing < instant) previous = firing;
          if (firing > instant) next = firing;
        }
        const text = write(given);
        const schedule = parseSchedule(`iso ${text}`);
        assert.equal(schedule.next(instant), next, text);
        assert.equal(schedule.previous(instant), previous, text);
        assert.equal(nextAfter(text, instant), next, text);
      }),
      { numRuns: 20_000 },
    );
  }).timeout(60_000);
});
