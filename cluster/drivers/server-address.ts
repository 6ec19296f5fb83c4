import { SynergyError } from '../../domain/errors.ts';

/** How addresses of a kind of server look. */
export interface AddressForm {
  /** As people call it. */
  readonly product: string;
  /** The scheme, without the `s` that asks for TLS. */
  readonly scheme: string;
  readonly secureScheme: string;
  readonly port: number;
  readonly securePort: number;
  /** Completes "expected …". */
  readonly expected: string;
}

/** Where a server is, and who asks. */
export interface ServerAddress {
  readonly product: string;
  /** The address as people may see it: without user and password. */
  readonly label: string;
  /** As it stands in an address: that of IPv6 in brackets. */
  readonly host: string;
  readonly port: number;
  readonly isSecure: boolean;
  /** Empty when there is none, as the password. */
  readonly username: string;
  readonly password: string;
  /** What follows the host, with its `/`. */
  readonly path: string;
}

/** An address that will not do, told to people. */
export const refuseAddress = (label: string, problem: string, { expected }: AddressForm): SynergyError =>
  new SynergyError('INVALID_SETTING', `cluster '${label}' ${problem}: expected ${expected}`);

/** Reads `scheme://user:password@host:port/path`. Throws `INVALID_SETTING`, which shows neither user nor password. */
export const readServerAddress = (address: string, form: AddressForm): ServerAddress => {
  const [scheme = ''] = address.split('://');
  // What cannot be read may be a password anywhere.
  if (!URL.canParse(address)) throw refuseAddress(scheme, 'is no address of a server', form);
  const url = new URL(address);
  const label = `${url.protocol}//${url.host}`;
  if (url.hostname === '') throw refuseAddress(label, 'names no host', form);
  if (url.search + url.hash !== '') throw refuseAddress(label, "takes no options after '?' or '#'", form);
  const decode = (text: string): string => {
    try {
      return decodeURIComponent(text);
    } catch {
      throw refuseAddress(label, "has a user or password with a '%' that encodes nothing", form);
    }
  };
  const isSecure = scheme === form.secureScheme;
  return {
    product: form.product,
    label,
    host: url.hostname,
    port: url.port === '' ? (isSecure ? form.securePort : form.port) : Number(url.port),
    isSecure,
    username: decode(url.username),
    password: decode(url.password),
    path: url.pathname,
  };
};
