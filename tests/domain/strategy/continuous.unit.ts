import { continuous } from '../../../domain/strategy/continuous.ts';
import { concluded, idle, itDecides, refused } from './facts.ts';

describe('continuous', () => {
  itDecides(continuous, [
    {
      given: 'period current, tick',
      facts: { periodOver: false, lagOver: false },
      then: { EMBRYO: idle('publish start'), IN_PROGRESS: idle('publish rerun'), FINAL_RUN: concluded },
    },
    {
      given: 'period current, event',
      facts: { periodOver: false, lagOver: false, occasion: 'event' },
      then: {
        EMBRYO: idle('publish start'),
        IN_PROGRESS: idle('publish rerun', 'wait'),
        FINAL_RUN: concluded,
      },
    },
    {
      given: 'period over, inputs unfinished, tick',
      facts: { finalizable: false },
      then: { EMBRYO: idle('publish start'), IN_PROGRESS: idle('publish rerun'), FINAL_RUN: concluded },
    },
    {
      given: 'period over, everything it needs finished, tick',
      facts: {},
      then: {
        EMBRYO: idle('publish finalize'),
        IN_PROGRESS: idle('publish finalize'),
        FINAL_RUN: concluded,
      },
    },
    {
      given: 'period over but not the start lag, which is for discrete jobs; event',
      facts: { lagOver: false, occasion: 'event' },
      then: {
        EMBRYO: idle('publish finalize'),
        IN_PROGRESS: idle('publish finalize'),
        FINAL_RUN: concluded,
      },
    },
    { given: 'it may not run', facts: { mayRun: 'no' }, then: { FINAL_RUN: concluded } },
    {
      given: 'a dependency was skipped',
      facts: { mayRun: 'skip' },
      then: { EMBRYO: idle('finish skip'), IN_PROGRESS: idle('finish skip'), FINAL_RUN: concluded },
    },
    { given: 'the period lies in the future', facts: { future: true }, then: refused },
  ]);
});
