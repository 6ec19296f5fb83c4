import { SynergyError } from '../../domain/errors.ts';
import type { Parcel } from '../../domain/event/envelope.ts';
import { displayUrl, readAddress, takeCredentials } from '../../domain/event/target-address.ts';
import type { TargetAddress, UrlCredentials } from '../../domain/event/target-address.ts';

/** The address of a target, of the kind that a courier is for. Throws `INVALID_TARGET`. */
export const addressOf = <K extends TargetAddress['kind']>(
  url: string,
  kind: K,
): Extract<TargetAddress, { kind: K }> => {
  const refuse = (part: string, given: string, expected: string): SynergyError =>
    new SynergyError('INVALID_TARGET', `target, ${part} '${given}': expected ${expected}`);
  const address = readAddress(url, refuse);
  if (address.kind !== kind) throw refuse('url', displayUrl(url), `an address of ${kind}`);
  return address as Extract<TargetAddress, { kind: K }>;
};

/** Name and password of a target: those that were taken out of its address, or still stand in it. */
export const credentialsOf = ({ target, secrets }: Parcel): UrlCredentials | undefined =>
  secrets.credentials ?? takeCredentials(target.url).credentials;
