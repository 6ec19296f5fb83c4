// Runs every test that this machine can run (or only the files given), says what it did not run and why, and ends with
// a line of counts. With SYNERGY_TEST_SERVICES=required a missing service is a failure.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const onPath = (program) =>
  (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)));
/** Where scripts/install-services.sh puts Kafka, Consul, and the server that stands in for MongoDB's own. */
const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
const secantus = join(cache, 'synergy-services', 'secantusdb-0.7.0b3', 'bin', 'secantusd-py');

/** Whether the tests find the service, where they look for it. */
const services = {
  chromium: ['chromium', 'chromium-browser', 'google-chrome'].some(onPath),
  redis: onPath('redis-server'),
  etcd: onPath('etcd'),
  consul: onPath('consul') || existsSync(join(cache, 'synergy-services', 'consul', 'usr', 'bin', 'consul')),
  nginx: existsSync('/usr/sbin/nginx'),
  rabbitmq: existsSync('/usr/lib/rabbitmq/bin/rabbitmq-server'),
  kafka: existsSync(join(cache, 'synergy-services', 'kafka', 'lib')),
  mongodb: process.env.SYNERGY_TEST_MONGODB_URL !== undefined || onPath('mongod') || existsSync(secantus),
};
const faultSuite = join('tests', 'faults', 'faults.e2e.ts');
const isSimulation = (file) => file.startsWith(join('tests', 'simulation'));
/**
 * Kinds of tests, and how many files of one share a process of mocha. They begin in this order: what takes long is not
 * left for the end, when one lane would work and the other one would not.
 */
const kinds = [
  // It has bounds of recovery to keep, and strikes in lanes of its own: nothing runs beside it.
  { kind: 'faults', isOf: (file) => file === faultSuite, share: 1, isAlone: true },
  { kind: 'e2e', isOf: (file) => file.endsWith('.e2e.ts') && file !== faultSuite, share: 1 },
  { kind: 'int', isOf: (file) => file.endsWith('.int.ts') && !isSimulation(file), share: 4 },
  // It replaces the timers, so that no other test may be in its process.
  { kind: 'simulation', isOf: (file) => file.endsWith('.int.ts') && isSimulation(file), share: Infinity },
  { kind: 'unit', isOf: (file) => file.endsWith('.unit.ts'), share: Infinity },
];
/** Processes of mocha at once. Most of what takes long waits, so that two cores have room for two. */
const LANES = 2;
const required = process.env.SYNERGY_TEST_SERVICES === 'required';
const reporter = fileURLToPath(new URL('test-reporter.mjs', import.meta.url));
const mocha = 'node_modules/mocha/bin/mocha.js';

const allFiles = () =>
  readdirSync('tests', { recursive: true })
    .map((name) => join('tests', name))
    .sort();

/** Files in parts of a size. */
const parts = (files, size) =>
  files.length <= size ? [files] : [files.slice(0, size), ...parts(files.slice(size), size)];

/** Prints what a process prints, suite by suite: the reporter's line about a suite ends it. */
const printBySuite = (child) => {
  let lines = [];
  const flush = () => {
    if (lines.length > 0) console.log(lines.join('\n'));
    lines = [];
  };
  for (const output of [child.stdout, child.stderr]) {
    createInterface({ input: output }).on('line', (line) => {
      lines.push(line);
      if (/^ {2}\S.* \(\d+\.\d s\)$/.test(line)) flush();
    });
  }
  child.once('close', flush);
};

/** Runs files in one process of mocha; one that ends without results counts as a failure. */
const run = async ({ kind, files }) => {
  const folder = mkdtempSync(join(tmpdir(), 'synergy-test-'));
  const result = join(folder, 'result.json');
  const child = spawn(process.execPath, [mocha, '--exit', '--reporter', reporter, ...files], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, SYNERGY_TEST_RESULT: result },
  });
  printBySuite(child);
  const [code, signal] = await once(child, 'close');
  try {
    return JSON.parse(readFileSync(result, 'utf8'));
  } catch {
    const error = `mocha ended with ${signal ?? `exit code ${code}`} before it was through`;
    return { passed: 0, failed: [{ title: `${kind}: ${files.join(' ')}`, error }], skipped: [] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** Runs tasks in a number of lanes, each of which takes the next task that is left. */
const runInLanes = async (tasks, lanes) => {
  const left = tasks.values();
  const lane = async () => {
    const results = [];
    for (const task of left) results.push(await run(task));
    return results;
  };
  return (await Promise.all(Array.from({ length: lanes }, lane))).flat();
};

const given = process.argv.slice(2);
const files = given.length > 0 ? given : allFiles();
const tasks = kinds.flatMap(({ kind, isOf, share, isAlone = false }) => {
  const ofKind = files.filter(isOf);
  if (ofKind.length === 0) return [];
  console.log(`${kind}: ${ofKind.length} files`);
  return parts(ofKind, share).map((part) => ({ kind, files: part, isAlone }));
});
const results = [
  ...(await runInLanes(
    tasks.filter(({ isAlone }) => isAlone),
    1,
  )),
  ...(await runInLanes(
    tasks.filter(({ isAlone }) => !isAlone),
    LANES,
  )),
];

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
