/** How a broker is entered. */
export interface BrokerLogin {
  readonly username: string;
  readonly password: string;
  /** Words behind the `?`. */
  readonly options: URLSearchParams;
}

/** What a target says of the broker that it is at. */
export interface BrokerName {
  /** Each with or without a port. */
  readonly hosts: readonly string[];
  /** Name of the connection, null for that of the host. */
  readonly connection: string | null;
}

/**
 * Reads the connections of a scheme, with TLS or without, each as `scheme://user:password@host:port?options#name`, without
 * what is not needed. Answers what finds the one that a target names, or that of its host.
 */
export const readLogins = (texts: readonly string[], scheme: 'amqp' | 'kafka') => {
  const urls = texts.map((text) => new URL(text)).filter(({ protocol }) => protocol.startsWith(scheme));
  const logins = urls.map(({ hash, host, hostname, username, password, searchParams }) => {
    const [user, secret] = [username, password].map(decodeURIComponent);
    const login: BrokerLogin = { username: user ?? '', password: secret ?? '', options: searchParams };
    return { name: decodeURIComponent(hash.slice(1)), hosts: [host, hostname], login };
  });
  return {
    /** Hosts that an administrator has named, and that may be called therefore. */
    hosts: [...new Set(logins.map(({ hosts: [, hostname] }) => hostname ?? ''))],
    find: ({ hosts, connection }: BrokerName): BrokerLogin | undefined =>
      logins.find(({ name, hosts: own }) =>
        connection === null
          ? hosts.some((host) => own.includes(host) || own.includes(host.replace(/:\d+$/, '')))
          : name === connection,
      )?.login,
  };
};
