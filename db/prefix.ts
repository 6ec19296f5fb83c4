/** The least text above all that begin with a prefix, which ends in an ASCII character. */
export const ceilingOf = (prefix: string): string =>
  prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
