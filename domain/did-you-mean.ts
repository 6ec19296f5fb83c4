/**
 * The known name that `given` was probably meant to be: at most a third of its letters (at least one) mistaken,
 * missing, superfluous or swapped with the next; upper and lower case count as one. The first of several equals.
 */
export const nearest = (given: string, known: Iterable<string>): string | undefined => {
  let best: string | undefined;
  let fewest = Math.max(1, Math.floor(given.length / 3)) + 1;
  for (const name of known) {
    const mistakes = distance(given.toLowerCase(), name.toLowerCase());
    if (mistakes < Math.min(fewest, name.length)) [best, fewest] = [name, mistakes];
  }
  return best;
};

/** `; did you mean 'x'?` to end a message about an unknown name with; empty when no known name is near. */
export const didYouMean = (given: string, known: Iterable<string>): string => {
  const name = nearest(given, known);
  return name === undefined ? '' : `; did you mean '${name}'?`;
};

/** Edit distance with swaps ("optimal string alignment"), kept to three rows of its table. */
const distance = (a: string, b: string): number => {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const line = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      const swapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      line.push(
        Math.min(
          at(last, column) + 1,
          at(line, column - 1) + 1,
          at(last, column - 1) + (same ? 0 : 1),
          swapped ? at(beforeLast, column - 2) + 1 : Infinity,
        ),
      );
    }
    [beforeLast, last] = [last, line];
  }
  return at(last, b.length);
};

const at = (row: readonly number[], column: number): number => row[column] ?? Infinity;
