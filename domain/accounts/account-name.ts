/** Actors that are no accounts. */
const taken: readonly string[] = ['local', 'scheduler', 'worker', 'anonymous', 'openid'];

/** What the name of an account must be like, for messages. */
export const accountNameRule = `1 to 64 of a-z, 0-9, '.', '_', '@' and '-', beginning with a letter or digit, and none of ${taken.join(', ')}`;

/** Whether a text can name an account; upper case cannot, so that no two names look the same. */
export const isAccountName = (text: string): boolean =>
  /^[a-z0-9][a-z0-9._@-]{0,63}$/.test(text) && !taken.includes(text);
