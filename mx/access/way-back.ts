/** Stands for the address of the dashboard, which a way back may not leave. */
const HERE = 'http://here';

/** A path of the dashboard to go on to, out of what a request gave; the overview for all else, as for another site. */
export const wayBack = (given: string | undefined): string => {
  if (given === undefined || !given.startsWith('/')) return '/';
  const url = URL.canParse(given, HERE) ? new URL(given, HERE) : undefined;
  if (url?.origin !== HERE) return '/';
  // Dots that were resolved may have left two slashes at the beginning.
  const path = `${url.pathname}${url.search}`;
  return path.startsWith('//') || /^\/(login|logout|invitation)\b/.test(path) ? '/' : path;
};

/** The page where a user signs in, and goes on from to a path. */
export const signInPath = (path: string): string =>
  wayBack(path) === '/' ? '/login' : `/login?${new URLSearchParams({ next: path }).toString()}`;
