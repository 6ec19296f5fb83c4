const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
  "'": '&#39;',
};

/**
 * What HTML has a meaning for; control characters but white space; and the controls of direction that reach beyond
 * themselves, by which a text could rearrange what stands behind it (https://trojansource.codes/).
 */
const special = /[&<>"']|(?![\t\n\r])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/gu;

const written = (char: string): string =>
  entities[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** A text as HTML that shows it, in an element or in quotes; what would only act is written as JSON writes it: `\u202e`. */
export const escapeText = (text: string | number | boolean | null | undefined): string =>
  String(text ?? '').replace(special, written);
