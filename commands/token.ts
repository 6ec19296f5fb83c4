import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { scopes } from '../domain/accounts/scope.ts';
import type { Scope } from '../domain/accounts/scope.ts';
import { readDuration } from '../domain/time/duration.ts';
import { systemClock } from '../lib/system-clock.ts';
import { print, printJson } from '../lib/terminal/output.ts';
import { withAccounts } from './cli/account-client.ts';
import { defineAccountList, tokenList } from './cli/account-lists.ts';
import { addSubcommand } from './cli/setting-options.ts';

/** Milliseconds from now on. */
const duration = (text: string): number => {
  const ms = readDuration(text.trim());
  if (ms === undefined || ms === 0) throw new InvalidArgumentError('expected a duration such as 90d or 12h');
  return ms;
};

interface CreateOptions {
  readonly scope: readonly Scope[];
  readonly expiresIn?: number;
  readonly json?: true;
}

const defineCreate = (own: Command): void => {
  own
    .argument('<account>', 'the account in whose name it is used')
    .argument('<label>', 'what it is for, as others read it')
    .addOption(
      new Option('--scope <scope...>', 'what it may be used for').choices(scopes).makeOptionMandatory(),
    )
    .addOption(
      new Option(
        '--expires-in <duration>',
        'for how long, such as 90d (default: until it is revoked)',
      ).argParser(duration),
    )
    .option('--json', 'print JSON')
    .action((owner: string, label: string, { scope, expiresIn, json }: CreateOptions) =>
      withAccounts(own, async ({ accounts, by }) => {
        const expiry = expiresIn === undefined ? {} : { expiresAt: systemClock.now() + expiresIn };
        const created = await accounts.tokens.create({ owner, label, scopes: scope, ...expiry }, by);
        if (json) return printJson({ ...created, expiresAt: expiry.expiresAt ?? null });
        print(`token ${created.id} of ${owner}; it is shown this once:\n${created.token}`);
      }),
    );
};

/** `synergy token create|list|revoke` */
export const define = (command: Command): void => {
  command.addHelpText(
    'after',
    "\nExample:\n  $ synergy token create ann 'nightly report' --scope read --expires-in 90d",
  );
  const own = (name: string, description: string): Command =>
    addSubcommand(command, name, description, ['dataDir']);
  defineCreate(own('create', 'create a token for programs that use the API'));
  defineAccountList(own('list', 'show the tokens, the newest first'), tokenList);
  const revocation = own('revoke', 'revoke a token');
  revocation
    .argument('<id>', 'id of the token, as the list tells it')
    .option('--json', 'print JSON')
    .action((id: string, { json }: { json?: true }) =>
      withAccounts(revocation, async ({ accounts, by }) => {
        await accounts.tokens.revoke(id, by);
        if (json) return printJson({ id });
        print(`revoked ${id}`);
      }),
    );
};
