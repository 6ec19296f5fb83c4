import { DatabaseSync } from '@photostructure/sqlite';
import { join } from 'node:path';
import { checkInvariants } from '../../boot/check/invariants.ts';
import { loadContext } from '../../boot/load-context.ts';
import type { Evidence } from '../../domain/invariants/evidence.ts';
import { violationText } from '../../domain/invariants/violation.ts';
import { toInterval } from '../../domain/time/timeperiod.ts';
import { effectTroubles, readEffects } from './effects.ts';
import { processesIn } from './processes.ts';
import { timeOf } from './workload.ts';
import { canary } from './world.ts';
import type { World } from './world.ts';

/** The bound of recovery at default settings, ms. */
const RECOVERY = 30_000;
/** The invariant that compares instants of two attempts. */
const OVERLAP = 8;

const evidenceOf = async (
  { settings, workload, folder, effects }: World,
  lie: number | undefined,
): Promise<Evidence> => {
  const { maxCrashes, resubmitAfter, workerGrace } = settings;
  const { context } = await loadContext(settings, folder);
  const processes = processesIn(folder).flatMap(({ pid, id, attempt }) =>
    id === undefined ? [] : [{ pid, id, attempt: attempt ?? 0 }],
  );
  return {
    situation: lie === undefined ? 'done' : 'stopped',
    now: Date.now(),
    limits: { maxCrashes, resubmitAfter, recovery: RECOVERY, killGrace: workerGrace },
    context,
    timetable: {
      start: toInterval('hourly', settings.startTimeperiod!).start,
      now: timeOf(workload) + (lie ?? 0),
    },
    sightings: readEffects(effects),
    processes,
    canaries: [canary],
  };
};

/** What SQLite finds wrong with its file. */
export const fileDamage = (dataDir: string): string[] => {
  const database = new DatabaseSync(join(dataDir, 'synergy.db'));
  try {
    const rows = database.prepare('PRAGMA integrity_check').all() as { integrity_check: string }[];
    return rows
      .map((row) => row.integrity_check)
      .filter((text) => text !== 'ok')
      .map((text) => `file: ${text}`);
  } finally {
    database.close();
  }
};

/**
 * Everything that is wrong with a world whose work has ended: by the ledger, by what its handlers wrote down, by its
 * files. Empty when it is sound. `lie`: how far ahead, ms, its clock was for a while.
 */
export const check = async (world: World, lie?: number): Promise<string[]> => {
  const store = await world.store();
  // As `db check` does: what a crash left half written would be finished first by the next scheduler.
  await store.repair();
  const { violations } = await checkInvariants(store, { evidence: await evidenceOf(world, lie) });
  // Instants of a clock that was set back do not tell which of two attempts was later.
  const telling = violations.filter(({ invariant }) => lie === undefined || invariant !== OVERLAP);
  const processed = await store.findUows({ states: ['PROCESSED'] });
  const handled = processed.filter(({ processName }) => processName !== 'Shell');
  const troubles = effectTroubles(readEffects(world.effects), handled);
  const damage = world.settings.store === 'embedded' ? fileDamage(world.settings.dataDir) : [];
  return [...telling.map(violationText), ...troubles, ...damage];
};
