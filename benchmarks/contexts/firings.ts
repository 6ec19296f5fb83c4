import { defineContext, freerunProcess } from 'synergy-scheduler';

// A process fired four times a second, a quarter of a second apart, so that everything rests in between.

const entry = (offset: number) => ({
  name: `after-${offset}`,
  trigger: `iso R/2020-01-01T00:00:00.${String(offset).padStart(3, '0')}Z/PT1S`,
  arguments: { offset },
  missed: 'none' as const,
});

const fired = freerunProcess({
  name: 'Fired',
  handler: './fired-handler.ts',
  entries: [0, 250, 500, 750].map(entry),
});

export default defineContext({ processes: [fired] });
