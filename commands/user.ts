import { Argument, Option } from 'commander';
import type { Command } from 'commander';
import { roles } from '../domain/accounts/role.ts';
import type { Role } from '../domain/accounts/role.ts';
import { print, printJson } from '../lib/terminal/output.ts';
import type { Account } from '../scheduler/accounts/api.ts';
import { givenPassword, invite, withAccounts } from './cli/account-client.ts';
import { auditList, defineAccountList, sessionList, userList } from './cli/account-lists.ts';
import { addSubcommand } from './cli/setting-options.ts';

/** What became of an account: in JSON, or a line and, where there is one, the link to set its password by. */
const tell = (
  { name, role }: Account,
  line: string,
  { json, link }: { json?: true; link?: string },
): void => {
  if (json) return printJson({ name, role, ...(link !== undefined && { link }) });
  print(line);
  if (link !== undefined) print(`its user sets the password within 24 hours, once, at:\n${link}`);
};

const stdinOption = (): Option =>
  new Option('--password-stdin', 'read the password from standard input: one line');

const linkText = 'print a one-time link by which its user sets the password';

interface AddOptions {
  readonly role: Role;
  readonly ask?: true;
  readonly passwordStdin?: true;
  readonly json?: true;
}

const defineAdd = (own: Command): void => {
  own
    .addOption(new Option('--role <role>', 'what it may do').choices(roles).makeOptionMandatory())
    .option('--ask', `ask for its password on the terminal, without an echo (default: ${linkText})`)
    .addOption(stdinOption().conflicts('ask'))
    .action((name: string, { role, ask, passwordStdin, json }: AddOptions) =>
      withAccounts(own, async (client) => {
        const password = ask || passwordStdin ? await givenPassword(name, passwordStdin) : undefined;
        const account = { name, role, ...(password !== undefined && { password }) };
        const added = await client.accounts.users.add(account, client.by);
        const link = password === undefined ? { link: await invite(client, name) } : {};
        tell(added, `added ${name}, ${role}`, { ...(json && { json }), ...link });
      }),
    );
};

interface PasswordOptions {
  readonly link?: true;
  readonly passwordStdin?: true;
  readonly json?: true;
}

const definePasswd = (own: Command): void => {
  own
    .option('--link', `${linkText} (default: ask for it on the terminal, without an echo)`)
    .addOption(stdinOption().conflicts('link'))
    .action((name: string, { link, passwordStdin, json }: PasswordOptions) =>
      withAccounts(own, async (client) => {
        const { users } = client.accounts;
        const account = await users.get(name);
        if (link)
          return tell(account, `made a link for ${name}`, {
            ...(json && { json }),
            link: await invite(client, name),
          });
        await users.setPassword(name, await givenPassword(name, passwordStdin), client.by);
        tell(account, `set the password of ${name}, and ended its sessions`, { ...(json && { json }) });
      }),
    );
};

/** `synergy user add|list|passwd|role|remove|sessions|sign-out|audit` */
export const define = (command: Command): void => {
  command.addHelpText('after', '\nExample:\n  $ synergy user add ann --role admin');
  const own = (name: string, description: string): Command =>
    addSubcommand(command, name, description, ['dataDir']);
  const about = (name: string, description: string): Command =>
    own(name, description).argument('<name>', 'name of the account').option('--json', 'print JSON');
  defineAdd(about('add', 'add an account: from the first one on, everything needs one'));
  definePasswd(about('passwd', 'set the password of an account, which ends its sessions'));
  defineAccountList(own('list', 'show the accounts'), userList);
  defineAccountList(own('sessions', 'show the browsers that are signed in, the newest first'), sessionList);
  defineAccountList(
    own('audit', 'show sign-ins and changes of accounts, sessions and tokens, the newest first'),
    auditList,
  );
  const signOut = about('sign-out', 'end all sessions of an account; its tokens stay');
  signOut.action((name: string, { json }: { json?: true }) =>
    withAccounts(signOut, async ({ accounts: { users, sessions }, by }) => {
      await sessions.revokeAllOf(name, by);
      tell(await users.get(name), `signed ${name} out everywhere`, { ...(json && { json }) });
    }),
  );
  const role = about('role', 'set the role of an account, which ends its sessions');
  role
    .addArgument(new Argument('<role>', 'what it may do').choices(roles))
    .action((name: string, given: Role, { json }: { json?: true }) =>
      withAccounts(role, async ({ accounts: { users }, by }) =>
        tell(await users.setRole(name, given, by), `${name} is ${given}`, { ...(json && { json }) }),
      ),
    );
  const removal = about('remove', 'remove an account, with its sessions and tokens');
  removal.action((name: string, { json }: { json?: true }) =>
    withAccounts(removal, async ({ accounts: { users }, by }) => {
      const account = await users.get(name);
      await users.remove(name, by);
      tell(account, `removed ${name}`, { ...(json && { json }) });
    }),
  );
};
