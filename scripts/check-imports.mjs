// Proves the import directions. A misconfigured run would cruise nothing and pass, hence the count.
import { execFileSync } from 'node:child_process';

const roots = [
  'domain',
  'os',
  'embedded',
  'db',
  'mq',
  'scheduler',
  'worker',
  'supervisor',
  'mx',
  'demo',
  'commands',
  'launch.ts',
  'settings.ts',
  'process_context.ts',
  'index.ts',
];
const cli = 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs';
let out;
try {
  out = execFileSync(
    process.execPath,
    [cli, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', ...roots],
    { encoding: 'utf8', maxBuffer: 1 << 28 },
  );
} catch (error) {
  out = error.stdout;
  if (!out) throw error;
}
const { summary } = JSON.parse(out);
for (const v of summary.violations) console.error(`${v.rule.name}: ${v.from} -> ${v.to}`);
console.log(
  `${summary.totalCruised} modules, ${summary.totalDependenciesCruised} dependencies, ${summary.violations.length} violations`,
);
if (summary.totalCruised < 50) {
  console.error(
    `expected at least 50 modules to be checked, saw ${summary.totalCruised}: is the configuration right?`,
  );
  process.exit(1);
}
process.exit(summary.violations.length === 0 ? 0 : 1);
