import { InvalidArgumentError, Option } from 'commander';

/** The option `--limit`, which every command has that lists what there may be many of. */
export const limitOption = (count = 100): Option =>
  new Option('--limit <count>', 'how many at most').default(count).argParser((text) => {
    const limit = Number(text);
    if (!Number.isSafeInteger(limit) || limit < 1 || limit > 10_000)
      throw new InvalidArgumentError(`expected a number from 1 to 10000`);
    return limit;
  });
