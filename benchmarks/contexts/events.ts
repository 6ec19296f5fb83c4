import { defineContext, freerunProcess } from 'synergy-scheduler';

/** Event triggers need no processes. */
export default defineContext({ processes: [freerunProcess({ name: 'None', identity: true })] });
