import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { previewTrigger } from '../../domain/event/preview.ts';
import { nearestSchedule } from '../../domain/schedule/nearest.ts';
import { packageRoot } from '../../lib/package-info.ts';

const page = readFileSync(join(packageRoot, 'docs', 'triggers.md'), 'utf8');
const NOW = Date.UTC(2026, 11, 1);

const rows = (head: string): string[][] => {
  const table = new RegExp(`^\\| ${head} \\|[^\\n]*\\n\\|[-|]+\\n((?:\\|.*\\n)+)`, 'm').exec(page)?.[1] ?? '';
  return table
    .trimEnd()
    .split('\n')
    .map((row) =>
      row
        .split('|')
        .map((cell) => cell.trim())
        .slice(1, -1),
    );
};
const code = (cell: string): string[] => [...cell.matchAll(/`([^`]*)`/g)].map(([, text = '']) => text);

describe('the page about event triggers', () => {
  const schedules = rows('schedule');

  it('has schedules', () => assert.ok(schedules.length > 5));

  for (const [schedule = '', words] of schedules)
    it(`says of ${schedule} what the scheduler says`, () => {
      assert.equal(previewTrigger({ schedule: code(schedule)[0] ?? '' }, NOW).words, words);
    });

  it('shows parts of repeating intervals that are right', () => {
    const whole = { repetition: 'R', start: '2027-01-31T10:00:00Z', period: 'P1M', epsilon: 'ET1H' };
    const parts = rows('part');
    assert.deepEqual(
      parts.map(([part]) => part),
      Object.keys(whole),
    );
    for (const [part = '', , examples = ''] of parts)
      for (const example of code(examples)) {
        const schedule = Object.values({ ...whole, [part]: example }).join('/');
        assert.doesNotThrow(() => previewTrigger({ schedule }, NOW), schedule);
      }
  });

  it('tells those who come from EventBridge what the form offers for their schedules', () => {
    for (const [theirs = '', ours = ''] of rows('EventBridge Scheduler').slice(0, 2))
      assert.equal(nearestSchedule(code(theirs)[0] ?? ''), code(ours)[0]);
  });
});
