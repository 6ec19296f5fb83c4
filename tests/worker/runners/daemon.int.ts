import assert from 'node:assert/strict';
import type { DaemonListener } from '../../../worker/runners/daemon.ts';
import { memoryLogger } from '../memory-logger.ts';
import { createWorld, daemonOf, handler, isAlive, shell } from '../world.ts';
import type { World } from '../world.ts';

describe('a daemon', () => {
  let world: World;
  const restart = { delay: 1, maxDelay: 4, limit: 5, window: 60_000 };

  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.close());

  for (const isolation of ['host', 'process'] as const) {
    it(`runs with isolation '${isolation}' until its host stops, its log under its name`, async () => {
      const logger = memoryLogger();
      const host = world.host([daemonOf(handler('greets', isolation))], { logger });
      const [line] = await world.lines('Daemon', 1);
      assert.deepEqual([line?.stream, line?.line, line?.attempt], ['log', '{"greeting":"hello"}', 0]);
      await host.stop();
      assert.deepEqual(logger.lines, []);
    });
  }

  it('that ends without an error has finished', async () => {
    const logger = memoryLogger();
    world.host([daemonOf(handler('finishes'))], { logger, restart });
    await world.until(() => logger.lines.length > 0);
    assert.deepEqual(logger.lines, [{ level: 'info', message: 'daemon Daemon has finished', fields: {} }]);
  });

  it('that fails is restarted with a growing delay, and stays down after five failures', async () => {
    const logger = memoryLogger();
    const changes: unknown[] = [];
    const daemonChanged: DaemonListener = (name, { actual, restarts, lastExit }) =>
      changes.push([name, actual, restarts, lastExit]);
    const host = world.host([daemonOf(handler('fails'))], { logger, restart, daemonChanged });
    await world.until(() => logger.lines.at(-1)?.level === 'error');
    assert.deepEqual(
      logger.lines.map(({ level, fields }) => [level, fields['restartInMs']]),
      [
        ['warn', 1],
        ['warn', 2],
        ['warn', 4],
        ['warn', 4],
        ['error', undefined],
      ],
    );
    const lines = await world.lines('Daemon', 5);
    assert.match(lines[0]?.line ?? '', /^Error: no luck/);
    await host.stop();
    assert.deepEqual(changes.slice(0, 3), [
      ['Daemon', 'running', 0, null],
      ['Daemon', 'backing-off', 0, 'Error: no luck'],
      ['Daemon', 'running', 1, 'Error: no luck'],
    ]);
    assert.deepEqual(changes.at(-1), ['Daemon', 'failed', 4, 'Error: no luck']);
  });

  it('may be a command, which is asked to end', async () => {
    const script =
      'trap "echo bye; exit 0" TERM; echo "$SYNERGY_PROCESS $SYNERGY_ARGUMENTS $SYNERGY_UOW_ID"; echo $$; while :; do sleep 0.01; done';
    const host = world.host([daemonOf(shell(script))]);
    const [greeting, pid] = (await world.lines('Daemon', 2)).map(({ line }) => line);
    assert.equal(greeting, 'Daemon {"greeting":"hello"} ');
    await host.stop();
    assert.ok(!isAlive(Number(pid)));
    assert.equal((await world.lines('Daemon', 3)).at(-1)?.line, 'bye');
  });

  it('that is a command fails by its exit code', async () => {
    const logger = memoryLogger();
    world.host([daemonOf(shell('echo bad luck >&2; exit 4'))], { logger, restart: { ...restart, limit: 1 } });
    await world.until(() => logger.lines.length > 0);
    assert.equal(logger.lines[0]?.fields['error'], 'exit code 4: bad luck');
    // One line, not a stack of the worker's own code.
    assert.deepEqual(
      (await world.lines('Daemon', 2)).map(({ line }) => line),
      ['bad luck', 'failed: exit code 4: bad luck'],
    );
  });
});
