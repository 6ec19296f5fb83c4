import type { Problem } from '../http/problem.ts';
import type { PageView } from './page.ts';

const hints: Readonly<Record<number, string>> = {
  404: 'It may have been renamed or removed, or its period lies outside the timetable.',
  421: 'Open the dashboard by the address that the scheduler printed at its start.',
  500: 'Please look at the log of the scheduler.',
  503: 'This page comes back by itself. Work that runs goes on meanwhile, and nothing is lost.',
};

/** How often a page that is not available is looked for, seconds. */
const POLL = 3;

/** A refusal as a page. Pure. */
export const problemView = (problem: Problem): PageView => {
  const model = { ...problem, hint: hints[problem.status] ?? '' };
  const page = { view: 'problem', title: problem.title } as const;
  return problem.status === 503
    ? { ...page, model: { ...model, poll: POLL } }
    : { ...page, model, still: true };
};
