/** Whether a box id fits a glob: `*` is any text, `?` any character. */
const fits = (glob: string, boxId: string): boolean => {
  const pattern = glob
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${pattern}$`).test(boxId);
};

/** Whether the worker of a box serves a process, by the globs of `presentOnBoxes`. */
export const isPresentOn = (
  { presentOnBoxes }: { readonly presentOnBoxes: readonly string[] },
  boxId: string,
): boolean => presentOnBoxes.some((glob) => fits(glob, boxId));
