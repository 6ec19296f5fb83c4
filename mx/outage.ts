import { SynergyError } from '../domain/errors.ts';
import type { SchedulerApi } from '../scheduler/api/api.ts';
import type { Trouble } from '../scheduler/server-health.ts';
import { clockText } from './present/time-text.ts';

/** What does not answer now. */
export type Troubles = () => readonly Trouble[];

/** How long an answer may take while a server is away, whose calls may take long to fail. Milliseconds. */
const PATIENCE = 500;

/** One sentence for people. */
export const outageText = ({ what, since, because }: Trouble): string =>
  `The ${what} has not answered since ${clockText(since).text} UTC and is asked again all the time: ${because}`;

/** The error to answer with while a server is away; undefined when none is. */
export const outageError = (troubles: Troubles): SynergyError | undefined => {
  const [first] = troubles();
  if (first === undefined) return undefined;
  const code = first.what === 'store' ? 'STORE_UNREACHABLE' : 'QUEUE_UNREACHABLE';
  return new SynergyError(code, outageText(first));
};

/** The answer, or an error soon after a server turns out to be away. */
export const unlessAway = async <T>(answer: Promise<T>, troubles: Troubles): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const away = new Promise<never>((_, reject) => {
    timer = setInterval(() => {
      const error = outageError(troubles);
      if (error !== undefined) reject(error);
    }, PATIENCE);
  });
  try {
    return await Promise.race([answer, away]);
  } finally {
    clearInterval(timer);
  }
};

type Method = (...parameters: readonly unknown[]) => unknown;

const isMethod = (member: unknown): member is Method => typeof member === 'function';

/** The same API, for callers who would rather be told that a server is away than wait for any of its answers. */
export const impatient = (api: SchedulerApi, troubles: Troubles): SchedulerApi => {
  const soon =
    (method: Method): Method =>
    (...parameters) => {
      const answer = method(...parameters);
      return answer instanceof Promise ? unlessAway(answer, troubles) : answer;
    };
  const members = Object.entries(api).map(([name, member]: [string, unknown]) => [
    name,
    isMethod(member) ? soon(member) : member,
  ]);
  return Object.fromEntries(members) as SchedulerApi;
};
