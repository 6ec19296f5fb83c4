/** What a command may say about itself on a line of its standard output. */
export type Directive =
  | { readonly kind: 'progress'; readonly done: number; readonly total: number }
  | { readonly kind: 'processed' | 'aggregated'; readonly count: number };

const progressLine = /^::progress (\d{1,15})\/(\d{1,15})$/;
const countLine = /^::(processed|aggregated) (\d{1,15})$/;

/** Reads `::progress 3/10`, `::processed 100`, `::aggregated 7`; undefined for any other line, which is then ordinary output. */
export const readDirective = (line: string): Directive | undefined => {
  const [, done, total] = progressLine.exec(line) ?? [];
  if (done !== undefined) return { kind: 'progress', done: Number(done), total: Number(total) };
  const [, kind, count] = countLine.exec(line) ?? [];
  if (kind !== undefined) return { kind: kind as 'processed' | 'aggregated', count: Number(count) };
  return undefined;
};
