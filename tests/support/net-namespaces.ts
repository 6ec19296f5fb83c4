import { execFileSync, spawnSync } from 'node:child_process';

/** A network of two machines, as far as their processes can tell: the one cannot reach the loopback of the other. */
export interface TwoMachines {
  /** What a command line has to begin with to run on the machine that serves, and on the other one. */
  readonly on: { readonly server: readonly string[]; readonly client: readonly string[] };
  /** Address of the machine that serves. */
  readonly address: string;
  readonly remove: () => void;
}

const NETWORK = '192.0.2';

const ip = (...argv: readonly string[]): void => void execFileSync('ip', argv, { stdio: 'pipe' });

/** Why namespaces of the network cannot be made here; undefined when they can. */
export const whyNoNamespaces = (): string | undefined => {
  if (process.getuid?.() !== 0) return 'namespaces of the network are made by root';
  const name = `synergy-${process.pid}-try`;
  const { status, error, stderr } = spawnSync('ip', ['netns', 'add', name], { encoding: 'utf8' });
  if (status !== 0) return `ip netns add: ${error?.message ?? stderr.trim()}`;
  ip('netns', 'delete', name);
  return undefined;
};

/** Makes two namespaces with a pair of devices between them; nothing of the machine's own network is touched. */
export const twoMachines = (): TwoMachines => {
  const names = ['server', 'client'].map((role) => `synergy-${process.pid}-${role}`);
  const [server = '', client = ''] = names;
  const remove = (): void => {
    for (const name of names) spawnSync('ip', ['netns', 'delete', name], { stdio: 'ignore' });
  };
  process.once('exit', remove);
  for (const name of names) ip('netns', 'add', name);
  ip('-n', server, 'link', 'add', 'near', 'type', 'veth', 'peer', 'name', 'far', 'netns', client);
  for (const [index, [name, device]] of [[server, 'near'] as const, [client, 'far'] as const].entries()) {
    ip('-n', name, 'address', 'add', `${NETWORK}.${index + 1}/24`, 'dev', device);
    for (const up of ['lo', device]) ip('-n', name, 'link', 'set', up, 'up');
  }
  const inside = (name: string): readonly string[] => ['ip', 'netns', 'exec', name];
  return { on: { server: inside(server), client: inside(client) }, address: `${NETWORK}.1`, remove };
};
