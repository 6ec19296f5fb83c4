import { isIPv6 } from 'node:net';
import { SynergyError } from '../../domain/errors.ts';

/** Where the dashboard listens, and how other machines reach it. */
export interface Exposure {
  readonly host: string;
  /** Files, in PEM, of a certificate with its chain and of its key. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /** Addresses and networks of proxies, whose forwarded headers are believed. */
  readonly proxy?: readonly string[] | undefined;
  /** What users type: `https://host[:port][/path]`. */
  readonly publicUrl?: string | undefined;
}

/** Names that are of this machine for any browser, so that no other site can have them. */
export const LOOPBACK_NAMES: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

/** Whether an address is of this machine alone. */
export const isLoopback = (address: string): boolean =>
  /^(localhost|(::ffff:)?127(\.\d{1,3}){3}|::1)$/i.test(address);

/** As an address stands in a URL. */
export const hostText = (host: string): string => (isIPv6(host) ? `[${host}]` : host);

/** Whether others than users of this machine can reach it: then it needs accounts. */
export const isExposed = ({ host, publicUrl }: Pick<Exposure, 'host' | 'publicUrl'>): boolean =>
  !isLoopback(host) || publicUrl !== undefined;

/** Path below which everything lies, such as `/synergy`; empty when there is none. */
export const basePath = ({ publicUrl }: Pick<Exposure, 'publicUrl'>): string =>
  publicUrl === undefined ? '' : new URL(publicUrl).pathname.replace(/\/+$/, '');

/** Throws INVALID_SETTING, with what to set, unless what leaves the machine is encrypted and the address is known. */
export const checkExposure = ({ host, tls, proxy, publicUrl }: Exposure): void => {
  const refuse = (what: string): never => {
    throw new SynergyError('INVALID_SETTING', what);
  };
  const isEncrypted = tls !== undefined || proxy !== undefined;
  if (!isLoopback(host) && !isEncrypted)
    refuse(
      `the dashboard cannot listen on '${host}' as it is, since passwords would travel in the clear: set mxTlsCert and mxTlsKey, or mxProxy where a proxy ends TLS, and mxPublicUrl; or keep mxHost 127.0.0.1`,
    );
  if (publicUrl === undefined && (proxy !== undefined || !isLoopback(host)))
    refuse(
      `the dashboard on '${host}' is for others and has to know the address that they type: set mxPublicUrl, such as https://synergy.example.com/`,
    );
  if (publicUrl !== undefined && !isEncrypted)
    refuse(
      `mxPublicUrl is '${publicUrl}' and nothing here ends TLS: set mxProxy to the address of the proxy that does, such as 127.0.0.1, or mxTlsCert and mxTlsKey`,
    );
};
