import { lookup } from 'node:dns';
import { promisify } from 'node:util';
import type { LookupAddress, LookupOptions } from 'node:dns';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { SynergyError } from '../../domain/errors.ts';

type Address = ReturnType<typeof ipaddr.parse>;
type Network = ReturnType<typeof ipaddr.parseCIDR>;

/** All addresses of a name. */
export type Resolve = (name: string) => Promise<readonly LookupAddress[]>;

/** Judges which addresses may be called. */
export interface Guard {
  /** Why an address as it is written may not be called. Names are judged by their addresses, by `lookup`. */
  refusal(url: URL): string | undefined;
  /** The same for a client that resolves names by itself: those have to be open. */
  refusalUnresolved(url: URL): string | undefined;
  /**
   * Resolves a name for a connection to a port, with judged addresses only: what connects goes there and nowhere else,
   * whatever the name says later. Fails with `TARGET_NOT_ALLOWED` when one of them may not be called.
   */
  lookup(port: number): LookupFunction;
}

/** Addresses of the IPv6 internet (RFC 4291, RFC 7346); what is not yet given out is not called either. */
const PUBLIC_V6 = ipaddr.parseCIDR('2000::/3');

const matches = (address: Address, [network, bits]: Network): boolean =>
  address.kind() === network.kind() && address.match(network, bits);

/** Whether a machine of the internet may have this address; those that stand for IPv4 addresses count as none. */
const isPublic = (address: Address): boolean =>
  address.range() === 'unicast' && (address.kind() === 'ipv4' || matches(address, PUBLIC_V6));

/** Ports of services that speak no HTTP, and would take a request for something else. */
const isReserved = (port: number): boolean => port < 1024 && port !== 80 && port !== 443;

const readNetwork = (entry: string): Network | undefined => {
  if (ipaddr.isValidCIDR(entry)) return ipaddr.parseCIDR(entry);
  if (!ipaddr.isValid(entry)) return undefined;
  const address = ipaddr.parse(entry);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
};

/** Without the dot of the root at its end, and the brackets around an IPv6 address. */
const hostOf = (hostname: string): string => hostname.toLowerCase().replace(/^\[|[\].]$/g, '');

const resolveAll = promisify(lookup);
const resolveByMachine: Resolve = (name) => resolveAll(name, { all: true });

/** Names are resolved once for all that ask at a time: few threads of a process do that. */
const shared = (resolve: Resolve): Resolve => {
  const open = new Map<string, ReturnType<Resolve>>();
  return (name) => {
    const known = open.get(name);
    if (known !== undefined) return known;
    const asked = resolve(name).finally(() => open.delete(name));
    open.set(name, asked);
    return asked;
  };
};

/**
 * A guard that allows public addresses on ports that HTTP is spoken on, and what `allow` opens: hosts by name, addresses
 * and networks (CIDR).
 */
export const createGuard = (allow: readonly string[], resolve: Resolve = resolveByMachine): Guard => {
  const networks = allow.map(readNetwork);
  const open = networks.filter((network) => network !== undefined);
  const names = new Set(allow.filter((_, index) => networks[index] === undefined).map(hostOf));
  const addressesOf = shared(resolve);

  const problemOf = (text: string, port: number): string | undefined => {
    const address = ipaddr.parse(text);
    if (open.some((network) => matches(address, network))) return undefined;
    if (!isPublic(address)) return `${text} is not a public address (${address.range()})`;
    return isReserved(port) ? `port ${port} is not one of 80, 443 and those above 1023` : undefined;
  };
  const refuse = (host: string, problem: string): string =>
    `${host} may not be called: ${problem}; the setting eventAllow opens hosts and networks`;

  const judged = async (host: string, port: number): Promise<readonly LookupAddress[]> => {
    const addresses = await addressesOf(host);
    if (names.has(hostOf(host))) return addresses;
    for (const { address } of addresses) {
      const problem = problemOf(address, port);
      if (problem !== undefined) throw new SynergyError('TARGET_NOT_ALLOWED', refuse(host, problem));
    }
    return addresses;
  };
  const refusal: Guard['refusal'] = ({ hostname, port, protocol }) => {
    const host = hostOf(hostname);
    if (names.has(host) || !ipaddr.isValid(host)) return undefined;
    const problem = problemOf(host, Number(port || (protocol === 'https:' ? 443 : 80)));
    return problem === undefined ? undefined : refuse(host, problem);
  };
  return {
    refusal,
    refusalUnresolved(url) {
      const host = hostOf(url.hostname);
      if (names.has(host) || ipaddr.isValid(host)) return refusal(url);
      return refuse(host, 'its addresses are not judged');
    },
    lookup: (port) => lookupBy((host) => judged(host, port)),
  };
};

/** What connections look names up with, by what knows their addresses. */
const lookupBy =
  (resolve: Resolve): LookupFunction =>
  (host: string, { all = false }: LookupOptions, answer) => {
    resolve(host).then(
      (addresses) => {
        const [first] = addresses;
        if (first === undefined) answer(noAddress(host), '');
        else if (all) answer(null, [...addresses]);
        else answer(null, first.address, first.family);
      },
      (error: unknown) => answer(error as NodeJS.ErrnoException, ''),
    );
  };

const noAddress = (host: string): NodeJS.ErrnoException =>
  Object.assign(new Error(`no address of ${host}`), { code: 'ENOTFOUND' });
