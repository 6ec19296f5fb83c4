import type { Problem } from '../http/problem.ts';
import type { PageView } from './page.ts';

const hints: Readonly<Record<number, string>> = {
  404: 'It may have been renamed or removed, or its period lies outside the timetable.',
  421: 'Open the dashboard by the address that the scheduler printed at its start.',
  500: 'Please look at the log of the scheduler.',
};

/** A refusal as a page. Pure. */
export const problemView = (problem: Problem): PageView => ({
  view: 'problem',
  title: problem.title,
  model: { ...problem, hint: hints[problem.status] ?? '' },
});
