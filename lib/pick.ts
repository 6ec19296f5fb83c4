/** Some fields of a record. */
export const pick = <R extends object, K extends keyof R>(record: R, names: readonly K[]): Pick<R, K> =>
  Object.fromEntries(names.map((name) => [name, record[name]])) as Pick<R, K>;
