// Compiles to dist/ and makes the command executable. Built aside and moved, so that no file of an earlier build is
// left and no process starts half a build. With --if-changed only when a source is newer than dist/: npm prepares a checkout
// again for each `npx synergy` and each package that depends on it, perhaps while it runs from there.
import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

const changedAt = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? -Infinity;

/** What tsconfig.json includes; folders too, since one changes when a file in it goes. */
const sources = () => {
  const { include } = JSON.parse(readFileSync('tsconfig.json', 'utf8'));
  const folders = include.filter((name) => name !== '*.ts');
  const within = (folder) => readdirSync(folder, { recursive: true }).map((name) => join(folder, name));
  const files = readdirSync('.').filter((name) => /\.ts$|^tsconfig\.json$|^package.*\.json$/.test(name));
  return [...files, ...folders, ...folders.flatMap(within)];
};

const isChanged = () => {
  const builtAt = changedAt('dist/launch.js');
  return sources().some((path) => changedAt(path) >= builtAt);
};

const build = () => {
  const aside = `.dist-${process.pid}`;
  const begin = new Date();
  try {
    execFileSync(
      process.execPath,
      ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json', '--outDir', aside],
      {
        stdio: 'inherit',
      },
    );
    chmodSync(`${aside}/launch.js`, 0o755);
    utimesSync(`${aside}/launch.js`, begin, begin); // what changes during the build is newer
    rmSync('dist', { recursive: true, force: true });
    renameSync(aside, 'dist');
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
};

if (!process.argv.includes('--if-changed') || isChanged()) build();
