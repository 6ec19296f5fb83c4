import type { Command } from 'commander';
import { readCluster } from '../boot/box/membership.ts';
import { withStore } from '../boot/adapters.ts';
import { disagreements, doesText } from '../domain/cluster/agreement.ts';
import { UNTOLD } from '../domain/cluster/member.ts';
import type { ClusterView } from '../domain/cluster/member.ts';
import { instantText, printError, printJson, printTable } from '../lib/terminal/output.ts';
import { addSettings, settingsOf, storeSettings } from './cli/setting-options.ts';

/** Processes of a worker that a row of the table names. */
const NAMED = 3;

const printNodes = async ({ members }: ClusterView): Promise<void> => {
  await printTable(
    ['box', 'service', 'does', 'since', 'version', 'context'],
    members.map(({ box, does, since, facts }) => [
      ...[box, facts.service, doesText({ does, facts }, NAMED), instantText(since)],
      ...[facts.version === UNTOLD ? '-' : facts.version, facts.context ?? '-'],
    ]),
    'no service is seen',
  );
  for (const problem of disagreements(members)) printError(`synergy: ${problem}`);
};

const nodes = async (command: Command): Promise<void> => {
  const settings = await settingsOf(command);
  const cluster = await withStore(settings, (store) => readCluster({ settings, store }));
  if (command.opts<{ json?: boolean }>().json === true) printJson(cluster.members);
  else await printNodes(cluster);
};

/** `synergy nodes` */
export const define = (command: Command): void => {
  addSettings(command, [...storeSettings, 'cluster', 'clusterName'])
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ synergy nodes')
    .action(() => nodes(command));
};
