import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Command } from 'commander';
import { packageRoot } from '../../lib/package-info.ts';

/** Tell of one thing, of what runs on one box or in one cluster, or of what a context declares, which is as long as its file. */
const small: ReadonlySet<string> = new Set([
  ...['query', 'super query', 'nodes', 'list', 'process list', 'doctor', 'demo report', 'freerun show'],
  ...['job show', 'job explain', 'job reprocess', 'job skip', 'uow show', 'uow release', 'uow cancel'],
  ...['uow send', 'db check', 'db copy', 'start', 'trigger preview'],
  ...['trigger show', 'trigger import', 'trigger resend'],
  ...['user add', 'user passwd', 'user role', 'user remove', 'user sign-out', 'token create', 'token revoke'],
  // All that one unit of work wrote, whose output has a limit.
  'logs',
]);

type Module = Partial<{ define: (command: Command) => void }>;

const leavesOf = (command: Command, name: string): readonly (readonly [string, Command])[] =>
  command.commands.length === 0
    ? [[name, command]]
    : command.commands.flatMap((own) => leavesOf(own, `${name} ${own.name()}`));

describe('commands that print data', () => {
  it('take a limit and a cursor each, if there may be much of it', async () => {
    const folder = join(packageRoot, 'commands');
    const lists: string[] = [];
    for (const file of readdirSync(folder, { encoding: 'utf8', recursive: true })) {
      const { define } = file.endsWith('.ts') ? ((await import(join(folder, file))) as Module) : {};
      if (define === undefined) continue;
      const command = new Command(basename(file, '.ts'));
      define(command);
      for (const [name, leaf] of leavesOf(command, command.name())) {
        const options = leaf.options.map(({ long }) => long);
        if (small.has(name) || !options.includes('--json')) continue;
        lists.push(name);
        assert.ok(options.includes('--limit') && options.includes('--after'), name);
      }
    }
    assert.deepEqual(lists.sort(), [
      ...[
        'commands',
        'freerun list',
        'journal',
        'token list',
        'trigger list',
        'trigger list-secrets',
        'uow list',
      ],
      ...['uow rejected', 'user audit', 'user list', 'user sessions'],
    ]);
  });
});
