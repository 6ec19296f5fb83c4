/** Longest name: ids of records are made of two names at most, and queues, addresses and files of ids. */
const LONGEST = 100;

/** What a name must be like, for messages. */
export const nameRule = `1 to ${LONGEST} letters, digits, '_', '-' and '.', starting with a letter or digit`;

/**
 * Whether a text can name a process, a freerun entry or a tree. Names become parts of record ids, which are
 * divided by `/`, `:` and `#`, and of addresses.
 */
export const isName = (text: string): boolean => text.length <= LONGEST && /^[A-Za-z0-9][\w.-]*$/.test(text);
