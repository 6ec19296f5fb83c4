// Compiles to dist/ and makes the command executable. An incremental rebuild would keep deleted files: start clean.
import { execFileSync } from 'node:child_process';
import { chmodSync, rmSync } from 'node:fs';

rmSync('dist', { recursive: true, force: true });
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json'], { stdio: 'inherit' });
chmodSync('dist/launch.js', 0o755);
