import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { command, createWorld, isAlive, processOf, shell } from '../world.ts';
import type { World } from '../world.ts';

describe('a command', () => {
  let world: World;
  const timings = { killGrace: 50, progress: 1 };

  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.close());

  it('ends its unit by its exit code', async () => {
    const endings = [
      ['Zero', 'exit 0', 'PROCESSED', null],
      ['NoData', 'exit 75', 'NOOP', null],
      [
        'GiveUp',
        'echo no such customer >&2; exit 76',
        'CANCELED',
        'canceled by the command: no such customer',
      ],
      ['Three', 'exit 3', 'INVALID', 'exit code 3'],
      ['Says', 'echo first >&2; echo last words >&2; echo >&2; exit 1', 'INVALID', 'exit code 1: last words'],
      ['Killed', 'kill -SEGV $$', 'INVALID', 'killed by SIGSEGV'],
    ] as const;
    const entries = endings.map(([name, script]) => processOf(shell(script), { name }));
    world.host(entries);
    assert.deepEqual(
      (await world.runAll(entries)).map(({ state, error }) => [state, error]),
      endings.map(([, , state, error]) => [state, error]),
    );
  });

  it('that cannot be started fails with the reason', async () => {
    const nothing = processOf(command(['no-such-command-here']), { name: 'Nothing' });
    const nowhere = processOf(command(['true'], { cwd: '/no/such/folder' }), { name: 'Nowhere' });
    const forbidden = processOf(command(['/etc/passwd']), { name: 'Forbidden' });
    world.host([nothing, nowhere, forbidden]);
    assert.deepEqual(
      (await world.runAll([nothing, nowhere, forbidden])).map(({ state, error }) => [state, error]),
      [
        ['INVALID', "cannot start 'no-such-command-here': there is no such command in PATH"],
        ['INVALID', "working directory '/no/such/folder' does not exist"],
        ['INVALID', "cannot start '/etc/passwd': EACCES"],
      ],
    );
  });

  it('gets the variables of its unit, what it is allowed, and no secret', async () => {
    const entry = processOf(command(['env'], { env: ['ALLOWED', 'UNSET'] }));
    const environment = {
      PATH: '/usr/bin:/bin',
      HOME: '/home/somebody',
      LANG: 'C.UTF-8',
      TZ: 'UTC',
      SYNERGY_UNIT_MARK: 'mark',
      ALLOWED: 'yes',
      SECRET: 'canary',
      SYNERGY_STORE: 'mongodb://user:canary@host',
    };
    world.host([entry], { environment });
    const uow = await world.run(entry, { startId: 5, endId: 8, arguments: { city: "Xi'an", n: 1 } });
    const lines = (await world.lines(uow.id, 17)).map(({ line }) => line);
    const [mark] = lines.filter((line) => /^SYNERGY_RUN_MARK=[-0-9a-f]{36}$/.test(line));
    assert.deepEqual(lines.sort(), [
      'ALLOWED=yes',
      'HOME=/home/somebody',
      'LANG=C.UTF-8',
      'PATH=/usr/bin:/bin',
      `SYNERGY_ARGUMENTS={"city":"Xi'an","n":1}`,
      'SYNERGY_ATTEMPT=1',
      'SYNERGY_END_ID=8',
      'SYNERGY_END_TIMEPERIOD=2015060101',
      'SYNERGY_PROCESS=Work',
      mark,
      'SYNERGY_START_ID=5',
      'SYNERGY_START_TIMEPERIOD=2015060100',
      'SYNERGY_TIMEPERIOD=2015060100',
      `SYNERGY_TOKEN=${uow.token}`,
      'SYNERGY_UNIT_MARK=mark',
      `SYNERGY_UOW_ID=${uow.id}`,
      'TZ=UTC',
    ]);
  });

  it('gets its words as they are, in its folder, and no input', async () => {
    const words = ['a b', "it's", '$HOME', '*', '', 'ü\n!'];
    const entry = processOf(
      command(['/bin/sh', '-c', 'cat; pwd; printf "[%s]" "$@"', 'sh', ...words], { cwd: world.dataDir }),
    );
    world.host([entry]);
    const { id, state } = await world.run(entry);
    assert.equal(state, 'PROCESSED');
    const lines = (await world.lines(id, 3)).map(({ line }) => line);
    assert.deepEqual(lines, [world.dataDir, "[a b][it's][$HOME][*][][ü", '!]']);
  });

  it('tells counts and progress on its standard output', async () => {
    const entry = processOf(
      shell(
        'echo ::processed 70; echo ::aggregated 7; echo ::progress 3/10; echo ::progress much; kill -STOP $$',
      ),
    );
    world.host([entry], { timings: { ...timings, heartbeat: 20 } });
    const [id = ''] = await world.order(entry);
    await world.until(async () => (await world.uow(id)).progress !== null);
    const { progress } = await world.uow(id);
    assert.deepEqual(progress, { done: 3, total: 10 });
    const lines = await world.lines(id, 1);
    assert.deepEqual(
      lines.map(({ line }) => line),
      ['::progress much'],
    );
    await world.cancel(id);
    await world.rung([id]);
    const [late] = await world.store.rejectedReports(1);
    assert.match(late?.error ?? '', /canceled or its lease lost/);

    const counting = processOf(shell('echo ::processed 70; echo ::aggregated 7'), { name: 'Counting' });
    world.host([counting]);
    const { processed, aggregated } = await world.run(counting);
    assert.deepEqual([processed, aggregated], [70, 7]);
  });

  it('has its output captured by stream, the last line without newline too', async () => {
    const entry = processOf(shell('echo out; printf err >&2'));
    world.host([entry]);
    const { id } = await world.run(entry);
    const lines = (await world.lines(id, 2)).map(({ stream, line }) => [stream, line]);
    assert.deepEqual(lines.sort(), [
      ['stderr', 'err'],
      ['stdout', 'out'],
    ]);
  });

  it('has its output capped, and the log says so', async () => {
    const entry = processOf(shell('yes 123456789 | head -1000', { logBytes: 25 }));
    world.host([entry]);
    const { id, state } = await world.run(entry);
    assert.equal(state, 'PROCESSED');
    assert.deepEqual(
      (await world.lines(id, 4)).map(({ line }) => line),
      [
        '123456789',
        'log capped at 25 bytes: of what follows only the end is kept, and shown when the run has ended',
        'dropped here, lines: 998, bytes: 9980',
        '123456789',
      ],
    );
  });

  it('loses no line of its output when its worker stops right after it', async () => {
    const entry = processOf(shell('seq 1 60000; echo the end >&2', { logBytes: 1_048_576 }));
    const host = world.host([entry]);
    const { id, state } = await world.run(entry);
    assert.equal(state, 'PROCESSED');
    await host.stop();
    const lines = await world.store.log(id, 0, 100_000);
    assert.equal(lines.length, 60_001);
    assert.equal(lines.find(({ stream }) => stream === 'stderr')?.line, 'the end');
  });

  it('prints a lot without delaying or displacing the lines of another one', async () => {
    const chatty = processOf(shell('yes chatty', { logBytes: 1e9 }), { name: 'Chatty' });
    const quiet = processOf(shell('for i in $(seq 1 20); do echo $i; sleep 0.05; done'), { name: 'Quiet' });
    world.host([chatty, quiet]);
    await world.order(chatty);
    const { id } = await world.run(quiet);
    const lines = await world.lines(id, 20);
    assert.deepEqual(
      lines.map(({ line }) => line),
      Array.from({ length: 20 }, (_, index) => String(index + 1)),
    );
  });

  it('that prints a gigabyte without a newline takes no memory', async () => {
    const entry = processOf(shell('head -c 1000000000 /dev/zero', { logBytes: 1000 }));
    world.host([entry]);
    const before = process.memoryUsage().rss;
    let most = 0;
    const timer = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 20);
    const { id, state } = await world.run(entry);
    clearInterval(timer);
    assert.equal(state, 'PROCESSED');
    assert.ok(most - before < 150_000_000, `${Math.round((most - before) / 1e6)} MB`);
    assert.equal((await world.lines(id, 2)).length, 2);
  });

  it('over its time limit is asked to end, with all it has started', async () => {
    const script = 'trap "echo asked; exit 0" TERM; sleep 1000 & echo $!; wait';
    const entry = processOf(shell(script), { timeLimit: 300 });
    world.host([entry], { timings: { ...timings, killGrace: 10_000 } });
    const { id, state, error } = await world.run(entry);
    assert.deepEqual([state, error], ['INVALID', 'time limit of 300ms exceeded']);
    const [pid, asked] = (await world.lines(id, 2)).map(({ line }) => line);
    assert.equal(asked, 'asked');
    await world.until(() => !isAlive(Number(pid)));
  });

  it('that does not end when asked is killed, with all it has started', async () => {
    const entry = processOf(shell('trap "" TERM; sleep 1000 & echo $!; echo $$; while :; do wait; done'), {
      timeLimit: 300,
    });
    world.host([entry], { timings });
    const { id, state } = await world.run(entry);
    assert.equal(state, 'INVALID');
    const pids = (await world.lines(id, 2)).map(({ line }) => Number(line));
    await world.until(() => !pids.some(isAlive));
  });

  it('takes what it left in the background with it', async () => {
    const entry = processOf(shell('sleep 1000 & echo $!'));
    world.host([entry]);
    const { id, state } = await world.run(entry);
    assert.equal(state, 'PROCESSED');
    const [line] = await world.lines(id, 1);
    await world.until(() => !isAlive(Number(line?.line)));
  });

  it('is over when it ends, though a process that escaped holds its pipes', async () => {
    const entry = processOf(
      shell("mkfifo up; setsid sh -c 'echo $$; : >up; exec sleep 1000' & cat up", { cwd: world.dataDir }),
    );
    world.host([entry]);
    const { id, state } = await world.run(entry);
    assert.equal(state, 'PROCESSED');
    const [line] = await world.lines(id, 1);
    const escaped = Number(line?.line);
    assert.ok(isAlive(escaped));
    await world.until(() => !isAlive(escaped));
  });

  it('over its time limit leaves nothing, though it forked twice into another session; others are not touched', async () => {
    const escape = 'setsid sh -c "setsid sleep 1000 & echo \\$!"';
    const waiting = processOf(shell(`${escape}; sleep 1000`), { name: 'Waiting', timeLimit: 60_000 });
    const entry = processOf(shell(`${escape}; sleep 1000`), { timeLimit: 300 });
    const host = world.host([waiting, entry], { timings });
    const [other = ''] = await world.order(waiting);
    const [kept] = await world.lines(other, 1);
    const { id, state } = await world.run(entry);
    assert.equal(state, 'INVALID');
    const [line] = await world.lines(id, 1);
    await world.until(() => !isAlive(Number(line?.line)));
    assert.ok(isAlive(Number(kept?.line)));
    await host.stop(0);
    await world.until(() => !isAlive(Number(kept?.line)));
  });
});

describe('a command on another host', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.close());

  /** Stands for the system's ssh and the host at its other end: prints the options, runs the script. */
  const withSsh = (script: string): Record<string, string> => {
    const bin = join(world.dataDir, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'ssh'), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, 'ssh'), 0o755);
    return { PATH: `${bin}:/usr/bin:/bin`, HOME: '/home/here', ALLOWED: "it's allowed", SECRET: 'canary' };
  };
  const passOn =
    'echo "$1 $2 $3 $4 $5 $6"; shift 6; exec env -i PATH=/usr/bin:/bin HOME=/home/there /bin/sh -c "$1"';

  it('runs there in its folder, with its words and variables, and ends by its exit code', async () => {
    const environment = withSsh(passOn);
    const entry = processOf(
      command(
        [
          '/bin/sh',
          '-c',
          'pwd; echo "$HOME $ALLOWED $SECRET $SYNERGY_UOW_ID"; echo "$1"; exit 75',
          'sh',
          "don't $x",
        ],
        {
          host: 'there',
          cwd: tmpdir(),
          env: ['ALLOWED'],
        },
      ),
    );
    world.host([entry], { environment });
    const { id, state } = await world.run(entry);
    assert.equal(state, 'NOOP');
    assert.deepEqual(
      (await world.lines(id, 4)).map(({ line }) => line),
      [
        '-o BatchMode=yes -o ServerAliveInterval=15 -- there',
        tmpdir(),
        `/home/there it's allowed  ${id}`,
        "don't $x",
      ],
    );
  });

  it('ends there when it is aborted here', async () => {
    // The far side is in a session of its own: killing ssh closes its input and does nothing more to it.
    const environment = withSsh(
      'mkfifo "$HOME/in"; shift 6; setsid /bin/sh -c "$1" <"$HOME/in" & exec cat >"$HOME/in"',
    );
    const entry = processOf(command(['/bin/sh', '-c', 'echo $$; exec sleep 1000'], { host: 'there' }), {
      timeLimit: 300,
    });
    world.host([entry], { environment: { ...environment, HOME: world.dataDir } });
    const { id, state } = await world.run(entry);
    assert.equal(state, 'INVALID');
    const [line] = await world.lines(id, 1);
    await world.until(() => !isAlive(Number(line?.line)));
  });

  it('says when ssh itself failed', async () => {
    const environment = withSsh('echo "ssh: connect to host there port 22: refused" >&2; exit 255');
    const entry = processOf(command(['true'], { host: 'there' }));
    world.host([entry], { environment });
    const { error } = await world.run(entry);
    assert.equal(error, 'exit code 255 (ssh to there failed): ssh: connect to host there port 22: refused');
  });
});
