import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Db } from 'mongodb';
import { commandSpec } from '../../db/collections.ts';
import { openMongoStore } from '../../db/mongo/store.ts';
import type { Store } from '../../db/store.ts';
import { COMMAND_QUEUE } from '../../domain/model/queue-name.ts';
import { systemClock } from '../../lib/system-clock.ts';
import type { Queue } from '../../mq/queue.ts';
import { openQueue } from '../../mq/registry.ts';
import { commandRecord } from '../../scheduler/commands/check-command.ts';
import { median } from '../figure.ts';
import type { Figure, Measure, Surroundings } from '../figure.ts';
import {
  epochOf,
  fillTrees,
  firstDecision,
  killBox,
  logged,
  putElsewhere,
  startAgain,
  startBox,
  timesLogged,
  withDatabase,
} from '../support/boxes.ts';
import type { Box } from '../support/boxes.ts';
import { withMongo } from '../support/mongo.ts';
import { withRabbit } from '../support/rabbit.ts';
import { spans } from '../support/store.ts';
import { hourOf } from '../support/synergy.ts';
import { withTempFolder } from '../support/temp-folder.ts';

const WARM = 'stands by with the timetable';
/** Between two looks at the store, ms. */
const LOOK_EVERY = 20;
const PATIENCE = 120_000;
/** Renewals of the leader are not in step with what strikes it: the longest wait before that, ms. */
const OUT_OF_STEP = 2_500;

interface Stage {
  readonly db: Db;
  readonly store: Store;
  readonly queue: Queue;
  readonly start: number;
}

/** What is to be decided: a user asks for a job again while no scheduler is there. */
const ask = async ({ store, queue, start }: Stage, round: number): Promise<void> => {
  const timeperiod = hourOf(start + round * 3_600_000);
  const request = { kind: 'reprocess', processName: `Hour${round % 20}`, timeperiod } as const;
  const record = commandRecord(request, { actor: 'ann', now: Date.now() });
  await store.collection(commandSpec).insertNew(record);
  await queue.publish(COMMAND_QUEUE, [record.id]);
};

/** Seconds from the end of the leader to the next epoch, and to the first decision under it. */
const strike = async (
  stage: Stage,
  leader: Box,
  { round, isGone }: { readonly round: number; readonly isGone: boolean },
): Promise<readonly [number, number]> => {
  const { db } = stage;
  await sleep(Math.random() * OUT_OF_STEP);
  const epoch = await epochOf(db);
  if (isGone) await putElsewhere(db);
  const at = await killBox(leader, isGone ? [] : ['scheduler']);
  await ask(stage, round);
  let began: number | undefined;
  for (;;) {
    await sleep(LOOK_EVERY);
    if (began === undefined && (await epochOf(db)) > epoch) began = Date.now();
    const decided = began === undefined ? undefined : await firstDecision(db, epoch);
    if (began !== undefined && decided !== undefined) return [(began - at) / 1000, (decided - at) / 1000];
    if (Date.now() > at + PATIENCE) throw new Error(`no decision within ${PATIENCE / 1000} s`);
  }
};

const figuresOf = (
  what: string,
  times: readonly (readonly [number, number])[],
  [lead, decide]: readonly [number, number],
  how: string,
): Figure[] =>
  (
    [
      ['in leadership', 0, lead],
      ['first decision', 1, decide],
    ] as const
  ).flatMap(([name, i, atMost]) => {
    const seconds = times.map((pair) => pair[i]);
    const more = { unit: 's', durability: 'majority (MongoDB)', how };
    return [
      { name: `${what}: ${name} (p50)`, value: median(seconds), ...more },
      { name: `${what}: ${name} (most)`, value: Math.max(...seconds), ...more, target: { atMost } },
    ];
  });

const rounds = async (
  stage: Stage,
  boxes: readonly [Box, Box],
  { quick, say }: Surroundings,
): Promise<readonly (readonly [number, number])[]> => {
  let [leader, standby] = boxes;
  const times: (readonly [number, number])[] = [];
  for (let round = 0; round < (quick ? 2 : 20); round++) {
    const pair = await strike(stage, leader, { round, isGone: true });
    say(
      `box gone: in leadership after ${pair[0].toFixed(2)} s, first decision after ${pair[1].toFixed(2)} s`,
    );
    times.push(pair);
    const before = timesLogged(leader.folder, WARM);
    startAgain(leader);
    await logged(leader, WARM, before);
    [leader, standby] = [standby, leader];
  }
  return times;
};

/** The stand-in for MongoDB takes long over a million of anything. */
const patient = (url: string): string => {
  const address = new URL(url);
  address.searchParams.set('socketTimeoutMS', '120000');
  return address.href;
};

const measureAt = async (
  folder: string,
  { store: url, queue }: { readonly store: string; readonly queue: string },
  surroundings: Surroundings,
): Promise<readonly Figure[]> => {
  const start = spans[surroundings.quick ? 'small' : 'large'];
  const jobs = await fillTrees(url, start);
  surroundings.say(`${jobs.toLocaleString('en')} jobs made`);
  const [one, two] = ['one', 'two'].map((name) => join(folder, name)) as [string, string];
  for (const each of [one, two]) mkdirSync(each);
  const place = { store: url, queue, start };
  const leader = startBox(one, place);
  await leader.run.line(/^dashboard: /);
  const standby = startBox(two, place);
  const store = await openMongoStore(url);
  const rings = await openQueue(queue, { dataDir: folder, clock: systemClock });
  try {
    await logged(standby, WARM);
    const times = await withDatabase(url, (db) =>
      rounds({ db, store, queue: rings, start }, [leader, standby], surroundings),
    );
    const how = `${jobs.toLocaleString('en')} jobs, ${times.length} runs; all of the box killed, its lock put elsewhere`;
    return figuresOf('box gone', times, [7, 10], how);
  } finally {
    await rings.close();
    await store.close();
    for (const { run } of [leader, standby]) {
      run.child.kill('SIGTERM');
      await run.ended;
    }
  }
};

const run = (surroundings: Surroundings): Promise<readonly Figure[]> =>
  withMongo((database) =>
    withRabbit((vhost) =>
      withTempFolder(async (folder) =>
        measureAt(folder, { store: patient(database()), queue: await vhost() }, surroundings),
      ),
    ),
  );

export const takeover: Measure = {
  name: 'takeover',
  summary: 'a box whose scheduler leads is gone, and another one stands by with 10^6 jobs',
  run,
};
