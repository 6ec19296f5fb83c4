/** A copy without some of the fields. */
export const without = <T extends object, K extends keyof T & string>(
  record: T,
  ...names: readonly K[]
): Omit<T, K> => {
  const left = Object.entries(record).filter(([name]) => !names.some((each) => each === name));
  return Object.fromEntries(left) as Omit<T, K>;
};
