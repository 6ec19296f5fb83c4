import { userInfo } from 'node:os';

/** Name of the user of this process; its number where the system knows no name, as in containers with a user of their own. */
export const userName = (): string => {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
};
