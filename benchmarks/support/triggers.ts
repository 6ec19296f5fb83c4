/** Schedules of all four grammars, by the number of an entry. */
export const triggerOf = (i: number): string =>
  [
    `at ${String(i % 24).padStart(2, '0')}:${String(i % 60).padStart(2, '0')}`,
    `every ${3_600 + (i % 5_000)}`,
    `cron ${i % 60} ${i % 24} * * *`,
    `iso R/2026-01-${String(1 + (i % 28)).padStart(2, '0')}T00:00:00Z/P1D`,
  ][i % 4] ?? '';
