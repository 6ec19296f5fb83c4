import { defineContext, freerunProcess } from 'synergy-scheduler';

// A process that nothing but a command fires.

const asked = freerunProcess({
  name: 'Asked',
  handler: './asked-handler.ts',
  entries: [{ name: 'by-hand', trigger: 'every 30d', missed: 'none' }],
});

export default defineContext({ processes: [asked] });
