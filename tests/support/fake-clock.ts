import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Debian's package `libfaketime` puts it into the folder of the architecture. */
const library = existsSync('/usr/lib')
  ? readdirSync('/usr/lib')
      .map((name) => join('/usr/lib', name, 'faketime', 'libfaketime.so.1'))
      .find(existsSync)
  : undefined;

/** Why no clock of a process can be set; undefined when one can. */
export const whyNoFakeClock = (): string | undefined =>
  library === undefined ? 'needs libfaketime, see scripts/install-services.sh' : undefined;

/** Environment of a process whose clock on the wall is wrong; its monotonic one is not. */
export const fakeClock = (how: Readonly<Record<string, string>>): Readonly<Record<string, string>> => ({
  LD_PRELOAD: library ?? '',
  FAKETIME_NO_CACHE: '1',
  FAKETIME_DONT_FAKE_MONOTONIC: '1',
  NO_FAKE_STAT: '1',
  ...how,
});
