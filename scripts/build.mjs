// Compiles to dist/ and makes the command executable. Built aside and moved, so that no file of an earlier build is
// left and nobody starts half a build.
import { execFileSync } from 'node:child_process';
import { chmodSync, renameSync, rmSync } from 'node:fs';

const aside = `.dist-${process.pid}`;
try {
  execFileSync(
    process.execPath,
    ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json', '--outDir', aside],
    {
      stdio: 'inherit',
    },
  );
  chmodSync(`${aside}/launch.js`, 0o755);
  rmSync('dist', { recursive: true, force: true });
  renameSync(aside, 'dist');
} finally {
  rmSync(aside, { recursive: true, force: true });
}
