import { DeposedError } from '../../domain/errors.ts';
import type { AnySpec } from '../../db/collection.ts';
import type { Store, StoreCapabilities } from '../../db/store.ts';
import type { Clock } from '../../domain/clock.ts';
import { jobKeyText } from '../../domain/model/entity.ts';
import type { Random } from '../random.ts';
import { beginCommit, repairMemory } from './commit.ts';
import type { BegunCommit } from './commit.ts';
import { createRowServer } from './collection-rows.ts';
import type { RowServer } from './collection-rows.ts';
import { entriesWithUnits, expireRows, expireUnits } from './expiry.ts';
import { createDataServer } from './data.ts';
import type { DataServer } from './data.ts';
import type { Memory } from './memory.ts';
import {
  countByState,
  countFailed,
  countFinishedJobs,
  expire,
  findUnits,
  jobPages,
  overdueUnits,
  readJournal,
  readRejected,
  readLog,
  textLength,
  uowsByIds,
} from './reads.ts';
import { applyReport, byAttemptAndToken, claimUnits, renewShown, renewUnits } from './claims.ts';

type Called = Exclude<
  {
    [K in keyof Store]: Store[K] extends (...parameters: never[]) => Promise<unknown> ? K : never;
  }[keyof Store],
  'tryLock' | 'close'
>;

/** What the server of a store does, one call at a time, in no time. */
export type StoreServer = {
  readonly [K in Called]: (...parameters: Parameters<Store[K]>) => Awaited<ReturnType<Store[K]>>;
} & {
  readonly capabilities: StoreCapabilities;
  readonly data: DataServer;
  readonly rowsOf: (spec: AnySpec) => RowServer;
  readonly loadJobs: () => ReturnType<typeof jobPages>;
  /** The first half of `commit`; the second is the answer's to finish. */
  readonly begin: (...parameters: Parameters<Store['commit']>) => BegunCommit;
  /** Takes or prolongs a lock for `holder` until `expiresAt`, ms; false when another process has it. */
  readonly lock: (name: string, holder: string, expiresAt: number) => boolean;
  readonly unlock: (name: string, holder: string) => void;
};

export interface StoreServerOptions {
  readonly memory: Memory;
  readonly clock: Clock;
  /** For tokens. */
  readonly random: Random;
  readonly atomicGroups: boolean;
  readonly commitLog?: string | null;
}

const createWriting = ({ memory, clock, random, atomicGroups: atomic }: StoreServerOptions) => {
  const digits = (): string =>
    Math.floor(random.next() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
  const newToken = (): string => digits() + digits() + digits() + digits();
  const begin: StoreServer['begin'] = (groups) => {
    for (const { cause } of groups) if (cause.epoch < memory.epoch) throw new DeposedError(cause.epoch);
    return beginCommit(memory, groups, { now: clock.now(), atomic });
  };
  return {
    begin,
    beginEpoch: () => ++memory.epoch,
    latestEpoch: () => memory.epoch,
    commit: (groups) => {
      const { outcomes, finish } = begin(groups);
      finish();
      return outcomes;
    },
    repair: (age = 0) => repairMemory(memory, clock.now() - age),
    claim: (ids, claim) => claimUnits(memory, ids, claim, newToken),
    renewLeases: (owner, expiresAt) => renewUnits(memory, owner, expiresAt),
    renewHeld: (held, expiresAt) => renewShown(memory, held, expiresAt),
    releaseLeases: (owner) => renewUnits(memory, owner, 0).length,
    report: (owner, reports, at) =>
      reports.map((report) => applyReport(memory, report, { owner, at }, byAttemptAndToken)),
    progress: (id, token, progress) => {
      const row = memory.units.get(id);
      if (row?.uow.state !== 'IN_PROGRESS' || row.uow.token !== token) return;
      const after = { ...row, uow: { ...row.uow, progress } };
      memory.units.set(id, after);
      memory.unfinished.set(id, after);
    },
    expireUows: (step) => expireUnits(memory, step, clock.now()),
    expireTransitions: (step) => expireRows(memory, step),
    shrink: () => false,
    appendLog: (records) => {
      for (const record of records) {
        const key = `${record.parentId} ${record.sequence} ${record.attempt}`;
        if (!memory.log.has(key)) memory.log.set(key, record);
      }
    },
  } satisfies Partial<StoreServer>;
};

const createKeeping = ({ memory, clock }: StoreServerOptions) =>
  ({
    unreadable: () => [],
    lock: (name, holder, expiresAt) => {
      const held = memory.locks.get(name);
      if (held !== undefined && held.holder !== holder && held.expiresAt > clock.now()) return false;
      memory.locks.set(name, { holder, expiresAt });
      return true;
    },
    unlock: (name, holder) => {
      if (memory.locks.get(name)?.holder === holder) memory.locks.delete(name);
    },
    beatMember: (cluster, id, text, timeout) => {
      const expiresAt = clock.now() + timeout;
      memory.members.set(JSON.stringify([cluster, id]), { cluster, text, expiresAt });
    },
    leaveMember: (cluster, id) => {
      memory.members.delete(JSON.stringify([cluster, id]));
    },
    liveMembers: (cluster) =>
      [...memory.members.values()]
        .filter((member) => member.cluster === cluster && member.expiresAt > clock.now())
        .map(({ text }) => text),
  }) satisfies Partial<StoreServer>;

const createReading = (memory: Memory) =>
  ({
    loadJobs: () => jobPages(memory),
    job: ({ processName, timeperiod }) => memory.jobs.get(jobKeyText({ processName, timeperiod })),
    uows: (ids) => uowsByIds(memory, ids),
    findUows: (filter) => findUnits(memory, filter),
    overdueUows: (query) => overdueUnits(memory, query),
    journal: (filter) => readJournal(memory, filter),
    journalReach: () => ({ end: memory.sequence, open: memory.pending.flatMap(({ rows }) => rows) }),
    countFinishedJobs: (span) => countFinishedJobs(memory, span),
    rejectedReports: (limit, filter) => readRejected(memory, limit, filter),
    log: (parentId, after, limit) => readLog(memory, parentId, after, limit),
    expireLogs: (before, limit) => expire(memory, before, limit),
    entriesWithUows: () => entriesWithUnits(memory),
    size: () => ({ bytes: textLength(memory), freeBytes: null }),
    countUows: (except) => countByState(memory, except),
    countFailed: (except) => countFailed(memory, except),
  }) satisfies Partial<StoreServer>;

/** The server's side of a store that keeps everything in memory. */
export const createStoreServer = (options: StoreServerOptions): StoreServer => ({
  capabilities: {
    atomicGroups: options.atomicGroups,
    shared: true,
    commitLog: options.commitLog ?? null,
  },
  data: createDataServer(options.memory),
  rowsOf: (spec) => createRowServer(options.memory, spec),
  ...createWriting(options),
  ...createKeeping(options),
  ...createReading(options.memory),
});
