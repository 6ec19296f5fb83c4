import type { Command } from 'commander';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { SynergyError } from '../domain/errors.ts';
import { print } from '../lib/terminal/output.ts';
import { packageRoot, packageVersion } from '../lib/package-info.ts';

const template = join(packageRoot, 'deploy', 'starter');

/** npm renames or leaves out some files when it packs: they are kept under other names. */
const renamed: Readonly<Record<string, string>> = {
  gitignore: '.gitignore',
  'package.template.json': 'package.json',
};

const packageName = (folder: string): string =>
  basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '') || 'synergy-starter';

/** Whether npx finds this package from a folder: in one of the folders around it. */
const isWithinReach = (folder: string): boolean =>
  existsSync(join(folder, 'node_modules', 'synergy-scheduler')) ||
  (dirname(folder) !== folder && isWithinReach(dirname(folder)));

/** What npm is to install: this version; where this package was not installed but checked out, that folder. */
const dependencyFrom = (folder: string): string =>
  packageRoot.split(sep).includes('node_modules') ? packageVersion : `file:${relative(folder, packageRoot)}`;

const init = (target: string): void => {
  const folder = resolve(target);
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    throw new SynergyError(
      'INVALID_ARGUMENT',
      `folder '${target}' is not empty: expected a new or an empty folder`,
    );
  }
  mkdirSync(folder, { recursive: true });
  cpSync(template, folder, { recursive: true });
  for (const [from, to] of Object.entries(renamed)) renameSync(join(folder, from), join(folder, to));
  const manifest = join(folder, 'package.json');
  const text = readFileSync(manifest, 'utf8');
  writeFileSync(
    manifest,
    text.replace('{{name}}', packageName(folder)).replace('{{version}}', dependencyFrom(folder)),
  );
  print(`a starter is in '${target}'. Next:`);
  const way = relative(process.cwd(), folder);
  if (way !== '') print(`  cd ${way}`);
  if (!isWithinReach(folder)) print('  npm install');
  print('  npx synergy start');
};

/** `synergy init <folder>` */
export const define = (command: Command): void => {
  command
    .argument('<folder>', 'new or empty folder')
    .addHelpText('after', '\nExample:\n  $ synergy init my-jobs')
    .action(init);
};
