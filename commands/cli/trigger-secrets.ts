import type { Command } from 'commander';
import { z } from 'zod';
import { LOCAL_OWNER, triggerEntry } from '../../domain/event/trigger.ts';
import { askHidden, readPiped } from '../../lib/terminal/password.ts';
import { instantText, print, printTable } from '../../lib/terminal/output.ts';
import type { SecretView } from '../../scheduler/api/trigger-secrets.ts';
import { commandTable } from '../../scheduler/commands/command-table.ts';
import { newSigningSecret } from '../../scheduler/commands/signing-secret.ts';
import { addPageOptions, printPage } from './page-options.ts';
import type { PageOptions } from './page-options.ts';
import { execute, reasonOption, withSchedulerClient } from './scheduler-client.ts';
import { addSubcommand } from './setting-options.ts';

interface Options {
  readonly owner: string;
  readonly reason?: string;
  readonly secretStdin?: true;
}

const SECRET = { what: 'secret', option: '--secret-stdin' };

const ownerOption = (own: Command): Command =>
  own.option('--owner <account>', 'account that it belongs to', LOCAL_OWNER);

/** A secret is no argument: those are for all users of the machine to see. */
const stdinOption = (own: Command, otherwise: string): Command =>
  own.option('--secret-stdin', `read the secret from standard input (default: ${otherwise})`);

/** `synergy trigger rotate-secret` */
const defineRotate = (own: Command): void => {
  stdinOption(ownerOption(own), 'it is made')
    .argument('<id>', 'id of the event trigger')
    .addOption(reasonOption())
    .action(async (triggerId: string, { owner, reason, secretStdin }: Options) => {
      const secret = secretStdin ? await readPiped(SECRET) : newSigningSecret();
      await withSchedulerClient(own, async (client) => {
        const { result } = await execute(client, { kind: 'rotate-secret', owner, triggerId, secret, reason });
        const name = triggerEntry({ owner, id: triggerId });
        const { fingerprint } = result as { fingerprint: string };
        print(`${name} is signed by the secret ${fingerprint}`);
        if (!secretStdin) print(`it is shown this once:\n${secret}`);
      });
    });
};

/** `synergy trigger put-secret` */
const definePut = (own: Command): void => {
  stdinOption(ownerOption(own), 'it is asked for')
    .argument('<name>', 'name of the secret, as headers have it in {{secret:name}}')
    .addOption(reasonOption())
    .addHelpText(
      'after',
      "\nExample:\n  $ synergy trigger put-secret billing --secret-stdin < token\n  $ synergy trigger add bill 'every 1h' https://example.org/hook --header 'Authorization: Bearer {{secret:billing}}'",
    )
    .action(async (secretName: string, { owner, reason, secretStdin }: Options) => {
      const value = secretStdin ? await readPiped(SECRET) : await askHidden(secretName, SECRET);
      await withSchedulerClient(own, async (client) => {
        const { result } = await execute(client, { kind: 'put-secret', owner, secretName, value, reason });
        print(result?.['changed'] === true ? `stored secret ${secretName}` : `${secretName} is so already`);
      });
    });
};

/** `synergy trigger remove-secret` */
const defineRemove = (own: Command): void => {
  ownerOption(own)
    .argument('<name>', 'name of the secret')
    .addOption(reasonOption())
    .action((secretName: string, { owner, reason }: Options) =>
      withSchedulerClient(own, async (client) => {
        await execute(client, { kind: 'remove-secret', owner, secretName, reason });
        print(`removed secret ${secretName}`);
      }),
    );
};

const printSecrets = (secrets: readonly SecretView[]): Promise<void> =>
  printTable(
    ['name', 'fingerprint', 'stored', 'changed'],
    secrets.map(({ name, fingerprint, createdAt, updatedAt }) => [
      ...[name, fingerprint, instantText(createdAt), instantText(updatedAt)],
    ]),
    'no secrets',
  );

/** `synergy trigger list-secrets` */
const defineList = (own: Command): void => {
  ownerOption(
    addPageOptions(own, 'name', z.string().describe('those behind the secret of this name')),
  ).action(
    ({ owner, after, limit, json }: PageOptions & { readonly owner: string; readonly after?: string }) =>
      withSchedulerClient(own, async ({ api }) => {
        const page = { owner, limit: limit + 1, ...(after !== undefined && { after }) };
        await printPage(
          await api.secrets(page),
          { limit, ...(json && { json }) },
          { cursorOf: ({ name }) => name, table: printSecrets },
        );
      }),
  );
};

/** Subcommands about secrets of event triggers. */
export const defineTriggerSecrets = (command: Command): void => {
  defineRotate(addSubcommand(command, 'rotate-secret', commandTable['rotate-secret'].summary));
  definePut(addSubcommand(command, 'put-secret', commandTable['put-secret'].summary));
  defineRemove(addSubcommand(command, 'remove-secret', commandTable['remove-secret'].summary));
  defineList(addSubcommand(command, 'list-secrets', 'show the names of secrets that headers may name'));
};
