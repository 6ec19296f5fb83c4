// Proves the import directions of .dependency-cruiser.cjs, and that each exported type has a name of its own. The rooms are
// those that tsconfig.json compiles, and the simulation. A check of nothing would pass: a room without modules is a failure.
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { sharedTypeNames } from './type-names.mjs';

const { include } = JSON.parse(readFileSync('tsconfig.json', 'utf8'));
const rooms = [...include.filter((each) => each !== '*.ts'), 'simulation'];
const rootFiles = readdirSync('.').filter((name) => name.endsWith('.ts'));
const cli = 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs';
let out;
try {
  out = execFileSync(
    process.execPath,
    [cli, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', ...rootFiles, ...rooms],
    { encoding: 'utf8', maxBuffer: 1 << 28 },
  );
} catch (error) {
  out = error.stdout;
  if (!out) throw error;
}
const { summary, modules } = JSON.parse(out);
const ofRoom = (room) =>
  modules.map(({ source }) => source).filter((source) => source.startsWith(`${room}/`));
const problems = [
  ...summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`),
  ...rooms
    .filter((room) => ofRoom(room).length === 0)
    .map(
      (room) =>
        `expected modules in ${room}/, saw none: remove the room from tsconfig.json, or mend its path`,
    ),
  ...sharedTypeNames([...rootFiles, ...rooms.flatMap(ofRoom)]).map(
    ([name, files]) =>
      `type ${name} is exported by ${files.join(' and ')}: give one of them a name of its own`,
  ),
];
for (const problem of problems) console.error(problem);
console.log(
  `${summary.totalCruised} modules in ${rooms.length} rooms, ${summary.totalDependenciesCruised} dependencies, ${problems.length} problems`,
);
process.exit(problems.length === 0 ? 0 : 1);
