const scheme = /^[a-z][a-z\d+.-]*:\/\//i;
// Greedy on purpose: a password may hold an '@', '/' or '?' that the user forgot to escape, and no part of it may show.
const password = /^([^:]*):.*@/s;
const secretOption = /([?&][^=&]*(?:password|secret|token|properties)[^=&]*=)[^&]*/gi;

/**
 * A server's address as it may be shown: the password and the options that hold secrets (`tlsCertificateKeyFilePassword`,
 * `authMechanismProperties`) read `***`. Takes malformed addresses too, and rather hides too much than too little.
 */
export const redactUrl = (url: string): string => {
  const [start = ''] = scheme.exec(url) ?? [];
  return start + url.slice(start.length).replace(password, '$1:***@').replace(secretOption, '$1***');
};
