import { StringDecoder } from 'node:string_decoder';

/** Cuts what comes out of a pipe into lines. A line longer than `longest` characters is handed on in pieces, so that endless lines need no memory. */
export const createLineSplitter = (onLine: (line: string) => void, longest = 16_384) => {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const emit = (line: string): void => {
    const text = line.endsWith('\r') ? line.slice(0, -1) : line;
    for (let from = 0; from === 0 || from < text.length; from += longest)
      onLine(text.slice(from, from + longest));
  };
  const flush = (): void => {
    if (rest !== '') emit(rest);
    rest = '';
  };
  return {
    push: (chunk: Buffer): void => {
      const lines = (rest + decoder.write(chunk)).split('\n');
      rest = lines.pop() ?? '';
      lines.forEach(emit);
      if (rest.length >= longest) flush();
    },
    /** Hands on what came after the last newline. */
    end: (): void => {
      rest += decoder.end();
      flush();
    },
  };
};

export type LineSplitter = ReturnType<typeof createLineSplitter>;
