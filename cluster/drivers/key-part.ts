const hex = (character: string): string =>
  `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;

/**
 * A name, any text, as one part of a key: letters, digits, `-_.~`, and `=2F` for a character (or each byte of one) that a server might
 * take for something else. Different names have different parts, and none is a pattern of Redis, holds a `/`, or is what an
 * address takes for a folder. No `%` stays: servers differ in how often they decode an address.
 */
export const keyPart = (name: string): string =>
  encodeURIComponent(Buffer.from(name).toString())
    .replace(/[!'()*]|^\.+$/g, (found) => found.replaceAll(/./g, hex))
    .replaceAll('%', '=');
