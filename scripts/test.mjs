// Runs every test that this machine can run (or only the files given), says what it did not run and why, and ends with
// a line of counts. With SYNERGY_TEST_SERVICES=required a missing service is a failure.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const onPath = (program) =>
  (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)));
/** Where scripts/install-services.sh puts the server that stands in for MongoDB's own. */
const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
const secantus = join(cache, 'synergy-services', 'secantusdb-0.7.0b3', 'bin', 'secantusd-py');

/** Whether the tests find the service, where they look for it. */
const services = {
  chromium: ['chromium', 'chromium-browser', 'google-chrome'].some(onPath),
  redis: onPath('redis-server'),
  rabbitmq: existsSync('/usr/lib/rabbitmq/bin/rabbitmq-server'),
  mongodb: process.env.SYNERGY_TEST_MONGODB_URL !== undefined || onPath('mongod') || existsSync(secantus),
};
const isSimulation = (file) => file.startsWith(join('tests', 'simulation'));
/** What runs in a process of its own: a simulation replaces the timers, so that nobody else's may be there. */
const kinds = {
  unit: (file) => file.endsWith('.unit.ts'),
  int: (file) => file.endsWith('.int.ts') && !isSimulation(file),
  simulation: (file) => file.endsWith('.int.ts') && isSimulation(file),
  e2e: (file) => file.endsWith('.e2e.ts'),
};
const required = process.env.SYNERGY_TEST_SERVICES === 'required';
const reporter = fileURLToPath(new URL('test-reporter.mjs', import.meta.url));
const mocha = 'node_modules/mocha/bin/mocha.js';

const allFiles = () =>
  readdirSync('tests', { recursive: true })
    .map((name) => join('tests', name))
    .sort();

/** Runs files in one process of mocha; one that ends without results counts as a failure. */
const run = (title, files) => {
  console.log(`${title}: ${files.length} files`);
  const folder = mkdtempSync(join(tmpdir(), 'synergy-test-'));
  const result = join(folder, 'result.json');
  const { status, signal } = spawnSync(
    process.execPath,
    [mocha, '--exit', '--reporter', reporter, ...files],
    {
      stdio: 'inherit',
      env: { ...process.env, SYNERGY_TEST_RESULT: result },
    },
  );
  try {
    return JSON.parse(readFileSync(result, 'utf8'));
  } catch {
    const error = `mocha ended with ${signal ?? `exit code ${status}`} before it was through`;
    return { passed: 0, failed: [{ title, error }], skipped: [] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const given = process.argv.slice(2);
const files = given.length > 0 ? given : allFiles();
const results = Object.entries(kinds)
  .map(([kind, isOfKind]) => [kind, files.filter(isOfKind)])
  .filter(([, ofKind]) => ofKind.length > 0)
  .map(([kind, ofKind]) => run(kind, ofKind));

const passed = results.reduce((sum, result) => sum + result.passed, 0);
const failed = results.flatMap((result) => result.failed);
const skipped = results.flatMap((result) => result.skipped);
const missing = Object.keys(services).filter((service) => !services[service]);
for (const service of missing) {
  const text = `service ${service} is missing; scripts/install-services.sh installs it`;
  if (required) failed.push({ title: text, error: 'SYNERGY_TEST_SERVICES=required' });
  else console.log(`not run in full: ${text}`);
}
if (passed + failed.length + skipped.length === 0)
  failed.push({ title: 'no test was run', error: given.join(' ') });

for (const title of skipped) console.log(`skipped: ${title}`);
for (const { title, error } of failed) console.log(`\nFAILED: ${title}\n${error}`);
console.log(`${passed} passed, ${failed.length} failed, ${skipped.length} skipped`);
process.exitCode = failed.length === 0 ? 0 : 1;
