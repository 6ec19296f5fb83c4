import { isDeepStrictEqual } from 'node:util';
import type { ExpiryStep, Write, WriteGroup } from '../../db/store.ts';
import type { AnySpec } from '../../db/collection.ts';
import { commandSpec, expiredJobSpec, expiredJournalSpec, freerunSpec } from '../../db/collections.ts';
import { recordsIn } from '../../simulation/store/collection-rows.ts';
import type { RowServer } from '../../simulation/store/collection-rows.ts';
import { Level } from '../../domain/timetable/level.ts';
import { entryKeyText, jobKeyText } from '../../domain/model/entity.ts';
import type { FreerunEntryRecord, UowRecord } from '../../domain/model/record.ts';
import { TurnLoop } from '../../scheduler/engine/turn-loop.ts';
import type { Mutation } from '../../simulation/servers.ts';
import { beginCommit } from '../../simulation/store/commit.ts';
import type { StoreServer } from '../../simulation/store/server.ts';
import { putUnit } from '../../simulation/store/memory.ts';
import type { Memory } from '../../simulation/store/memory.ts';
import { applyReport } from '../../simulation/store/claims.ts';
import type { FenceRule } from '../../simulation/store/claims.ts';

/** The same store with another way to commit. */
const committing = (server: StoreServer, begin: StoreServer['begin']): StoreServer => ({
  ...server,
  begin,
  commit: (groups) => {
    const { outcomes, finish } = begin(groups);
    finish();
    return outcomes;
  },
});

type StoreMutation = NonNullable<Mutation['store']>;

const onWrites =
  (change: (write: Write, memory: Memory) => Write): StoreMutation =>
  (server, memory) =>
    committing(server, (groups) =>
      server.begin(
        groups.map(({ cause, writes }): WriteGroup => ({
          cause,
          writes: writes.map((write) => change(write, memory)),
        })),
      ),
    );

/** Every so many calls it is due. */
const everyNth = (n: number): (() => boolean) => {
  let calls = 0;
  return () => ++calls % n === 0;
};

const fencedBy =
  (fence: FenceRule): StoreMutation =>
  (server, memory) => ({
    ...server,
    report: (owner, reports, at) =>
      reports.map((report) => applyReport(memory, report, { owner, at }, fence)),
  });

const blindTo =
  (state: UowRecord['state']): StoreMutation =>
  (server) => ({
    ...server,
    overdueUows: (query) => (query.state === state ? [] : server.overdueUows(query)),
  });

const compareNothing = (write: Write, memory: Memory): Write => {
  if (write.kind === 'uow') {
    const uow = memory.units.get(write.id)?.uow;
    return uow === undefined ? write : { ...write, from: uow.state, version: uow.version };
  }
  if (write.kind !== 'job') return write;
  const job = memory.jobs.get(jobKeyText(write));
  return { ...write, from: job?.state ?? 'EMBRYO', version: job?.version ?? 0 };
};

/** Claims whatever is not finished, by making it look as if it waited. */
const claimAnything: StoreMutation = (server, memory) => ({
  ...server,
  claim: (ids, claim) => {
    for (const id of ids) {
      const row = memory.unfinished.get(id);
      if (row?.uow.state === 'IN_PROGRESS')
        putUnit(memory, { ...row, uow: { ...row.uow, state: 'REQUESTED' } });
    }
    return server.claim(ids, claim);
  },
});

/** A period of a group counts as finished once it is itself, whether or not the job that covers it is. */
const askPeriodsThemselves = (): (() => void) => {
  const original = Object.getOwnPropertyDescriptor(Level.prototype, 'set') as { value: Level['set'] };
  Level.prototype.set = function (...[index, job]: Parameters<Level['set']>) {
    original.value.call(this, index, job);
    if (this.isFinished(index)) this.open.delete(index);
  };
  return () => Object.defineProperty(Level.prototype, 'set', original);
};

/** What is to be run between two turns is run at once, beside whatever is under way. */
const takeNoTurns = (): (() => void) => {
  const original = Object.getOwnPropertyDescriptor(TurnLoop.prototype, 'exclusive') as PropertyDescriptor;
  TurnLoop.prototype.exclusive = (task) => task();
  return () => Object.defineProperty(TurnLoop.prototype, 'exclusive', original);
};

const keyIn = (record: object): readonly unknown[] =>
  freerunSpec.key.map((field) => (record as FreerunEntryRecord)[field]);

/** Other methods for the rows of a collection. */
const onRows =
  ({ name }: AnySpec, methods: Partial<RowServer>): StoreMutation =>
  (server) => ({
    ...server,
    rowsOf: (spec) => (spec.name === name ? { ...server.rowsOf(spec), ...methods } : server.rowsOf(spec)),
  });

/** Retention deletes something else besides, in the same step. */
const expiringToo =
  (others: (step: ExpiryStep, memory: Memory) => readonly string[]): StoreMutation =>
  (server, memory) => ({
    ...server,
    expireUows: (step) => {
      const more = others(step, memory).flatMap((id) => memory.units.get(id)?.uow ?? []);
      const uows = new Map([...step.uows, ...more].map((uow) => [uow.id, uow]));
      return server.expireUows({ ...step, uows: [...uows.values()] });
    },
  });

const namedByEntry = ({ entity }: ExpiryStep, memory: Memory): string[] =>
  recordsIn(memory, freerunSpec).flatMap(({ processName, entryName, relatedUow }) =>
    relatedUow !== null && entryKeyText(processName, entryName) === entity ? [relatedUow] : [],
  );

const inCharge = ({ entity }: ExpiryStep, memory: Memory): string[] =>
  [...memory.jobs.values()].flatMap(({ processName, relatedUow }) =>
    relatedUow !== null && processName === entity ? [relatedUow] : [],
  );

/** Bugs planted on purpose, by what they do. */
export const mutations: Readonly<Record<string, Mutation>> = {
  'a commit compares neither state nor version': { store: onWrites(compareNothing) },
  'a commit loses all but the first write of a group': {
    store: (server, memory) =>
      committing(server, (groups) => {
        const now = 0;
        const { outcomes } = beginCommit(memory, groups, { now, atomic: false });
        memory.pending = [];
        return { outcomes, finish: () => undefined };
      }),
  },
  'what a crash left half written is never repaired': {
    store: (server) => ({ ...server, repair: () => 0 }),
  },
  'a commit is acknowledged and not written, now and then': {
    store: (server) => {
      const isDue = everyNth(40);
      return committing(server, (groups) =>
        isDue() ? { outcomes: groups.map(() => 'applied'), finish: () => undefined } : server.begin(groups),
      );
    },
  },
  'a row of the journal is missing, now and then': {
    store: (server, memory) => {
      const isDue = everyNth(40);
      return committing(server, (groups) => {
        const { outcomes, finish } = server.begin(groups);
        const lose = (): void => {
          finish();
          if (isDue()) memory.journal.pop();
        };
        return { outcomes, finish: lose };
      });
    },
  },
  'two schedulers lead at once, and commits of an earlier epoch are let through': {
    store: (server, memory) => ({
      ...committing(server, (groups) =>
        beginCommit(memory, groups, { now: 0, atomic: server.capabilities.atomicGroups }),
      ),
      lock: () => true,
      latestEpoch: () => 0,
    }),
  },
  'a report is applied whatever its attempt and token': {
    store: fencedBy(({ state }) => state === 'IN_PROGRESS'),
  },
  'a report is applied again when its unit has ended': {
    store: fencedBy((uow, { attempt, token }) => uow.attempt === attempt && uow.token === token),
  },
  'a report that was applied is said to be rejected': {
    store: (server) => ({
      ...server,
      report: (...parameters) => server.report(...parameters).map(() => 'rejected' as const),
    }),
  },
  'a claim does not look at the state': { store: claimAnything },
  'a claim does not count the attempt': {
    store: (server, memory) => ({
      ...server,
      claim: (ids, claim) =>
        server.claim(ids, claim).flatMap((uow) => {
          const row = memory.units.get(uow.id);
          if (row === undefined) return [];
          const claimed = { ...uow, attempt: uow.attempt - 1 };
          putUnit(memory, { ...row, uow: claimed });
          return [claimed];
        }),
    }),
  },
  'a renewal renews the leases of everybody': {
    store: (server, memory) => ({
      ...server,
      renewLeases: (owner, expiresAt) => {
        for (const row of [...memory.unfinished.values()])
          if (row.uow.lease !== null)
            putUnit(memory, { ...row, uow: { ...row.uow, lease: { ...row.uow.lease, expiresAt } } });
        return server.renewLeases(owner, expiresAt);
      },
    }),
  },
  'a renewal lists what was lost, too': {
    store: (server, memory) => ({
      ...server,
      renewLeases: (owner, expiresAt) => {
        server.renewLeases(owner, expiresAt);
        return [...memory.units.keys()];
      },
    }),
  },
  'the leases of the living are released with those of the dead': {
    store: (server, memory) => ({
      ...server,
      releaseLeases: () => {
        const owners = [...memory.unfinished.values()].flatMap(({ uow }) => uow.lease?.owner ?? []);
        return (
          new Set(owners).size &&
          [...new Set(owners)].reduce((sum, one) => sum + server.releaseLeases(one), 0)
        );
      },
    }),
  },
  'lost leases are never seen': { store: blindTo('IN_PROGRESS') },
  'rings that were lost are never repeated': { store: blindTo('REQUESTED') },
  'what failed is never tried again': { store: blindTo('INVALID') },
  'a command is never noted as done': { store: onRows(commandSpec, { compareAndSet: () => true }) },
  'what an entry has fired is forgotten': {
    store: onWrites((write) =>
      write.kind === 'record' ? { ...write, record: { ...write.record, relatedUow: null } } : write,
    ),
  },
  'entries are decided about beside each other, and written whatever their version': {
    store: onWrites((write, memory) => {
      if (write.kind !== 'record') return write;
      const stored = recordsIn(memory, freerunSpec).find((one) =>
        isDeepStrictEqual(keyIn(one), keyIn(write.record)),
      );
      const before = write.before && stored && { ...write.before, version: stored.version };
      return { ...write, before, record: { ...write.record, version: (stored?.version ?? 0) + 1 } };
    }),
    patch: takeNoTurns,
  },
  'retention deletes the unit that an entry names': { store: expiringToo(namedByEntry) },
  'retention deletes units that are in charge of jobs': { store: expiringToo(inCharge) },
  'retention leaves the journal of what it deletes': {
    store: (server, memory) => ({
      ...server,
      expireUows: (step) => {
        const journal = [...memory.journal];
        const counts = server.expireUows(step);
        memory.journal.splice(0, memory.journal.length, ...journal);
        return counts;
      },
    }),
  },
  'retention does not put on record what it deleted of jobs': {
    store: (server, memory) => ({
      ...server,
      expireUows: (step) => {
        const counts = server.expireUows(step);
        memory.collections.delete(expiredJobSpec.name);
        return counts;
      },
    }),
  },
  'retention deletes the newest row of a journal': {
    store: (server, memory) => ({
      ...server,
      expireTransitions: (step) => {
        const cut = server.expireTransitions(step);
        const newest = memory.journal.findLastIndex(({ entityId }) => entityId === step.entity);
        if (cut !== undefined) memory.journal.splice(newest, 1);
        return cut;
      },
    }),
  },
  'retention does not put on record where a journal begins': {
    store: (server, memory) => ({
      ...server,
      expireTransitions: (step) => {
        const cut = server.expireTransitions(step);
        memory.collections.delete(expiredJournalSpec.name);
        return cut;
      },
    }),
  },
  'retention leaves the journal of an entry that it deletes': {
    store: (server, memory) => ({
      ...server,
      expireTransitions: (step) => {
        const journal = [...memory.journal];
        const cut = server.expireTransitions(step);
        if (step.removed !== undefined) memory.journal.splice(0, memory.journal.length, ...journal);
        return cut;
      },
    }),
  },
  'a scheduler that stands by follows past the places of changes under way': {
    store: (server) => ({ ...server, journalReach: () => ({ ...server.journalReach(), open: [] }) }),
  },
  'no worker counts how long its leases last': { worker: { stopwatch: () => 0 } },
  'what waits for a period of a group does not wait for the job that covers it': {
    patch: askPeriodsThemselves,
  },
  'a canceled unit keeps its lease and goes on': {
    store: onWrites((write) =>
      write.kind === 'uow' && write.event === 'cancel' && write.from === 'IN_PROGRESS'
        ? { kind: 'uow-note', id: write.id, state: write.from, set: {} }
        : write,
    ),
  },
};
