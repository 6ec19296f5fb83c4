import { freerunSpec, pagesOf } from '../../db/collections.ts';
import type { JournalStep } from '../../db/store.ts';
import { entryKeyText, jobKeyText } from '../../domain/model/entity.ts';
import { NEWEST_ROWS } from '../../domain/retention/journal.ts';
import { retentionOf } from '../../domain/retention/rule.ts';
import { settledJobs } from '../../domain/retention/settled.ts';
import type { Level } from '../../domain/timetable/level.ts';
import { keyOf } from '../../domain/timetable/timetable.ts';
import type { Retaining } from './round-record.ts';

/** Entries that are read at a time. */
const PAGE = 500;

/** A journal of which rows may go. */
type LongJournal = Pick<JournalStep, 'entity' | 'before' | 'removed'>;

const isLong = (level: Level, index: number): boolean => level.version(index) > NEWEST_ROWS;

/** Journals of free-run entries that had many changes, and of those that were removed and have no units any more. */
async function* ofEntries(shared: Retaining): AsyncGenerator<LongJournal, undefined> {
  const { store, clock, context, limits } = shared;
  for await (const records of pagesOf(store.collection(freerunSpec), PAGE))
    for (const { processName, entryName, version, removed } of records) {
      if (version <= NEWEST_ROWS && !removed) continue;
      const process = context.processes.find(({ name }) => name === processName);
      const { ttl } = retentionOf('freerun', process, limits.retention);
      const journal = { entity: entryKeyText(processName, entryName), before: clock.now() - ttl };
      yield journal;
      const key = { processName, entryName };
      if (removed && (await store.findUows({ ...key, limit: 1 })).length === 0)
        yield { ...journal, removed: { ...key, version } };
    }
}

/** Journals of which rows may go: of free-run entries, and of jobs that had many changes. */
export async function* longJournals(shared: Retaining): AsyncGenerator<LongJournal, undefined> {
  const { clock, timetableClock, timetable, limits } = shared;
  yield* ofEntries(shared);
  for (const level of timetable.levels.values()) {
    const { ttl } = retentionOf('managed', level.process, limits.retention);
    const settled = { before: timetableClock.now() - ttl, isWanted: isLong };
    for (const node of settledJobs(timetable, level, settled))
      yield { entity: jobKeyText(keyOf(node)), before: clock.now() - ttl };
  }
}
