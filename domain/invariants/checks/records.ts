import { entryState } from '../../machine/entry-machine.ts';
import { isUowFinished } from '../../machine/transition.ts';
import { jobKeyText, jobUowId } from '../../model/entity.ts';
import type { UowRecord } from '../../model/record.ts';
import { isQuarantined } from '../../timetable/standing.ts';
import { report } from '../state.ts';
import type { CheckState, Check, Head } from '../state.ts';
import type { Evidence } from '../evidence.ts';
import { nameOf } from './periods.ts';

const standing = (state: string | null, version: number): string =>
  state === null ? 'nothing' : `${state} at version ${version}`;

const checkStanding = (
  checked: CheckState,
  entity: string,
  record: { state: string; version: number },
): void => {
  const head = checked.heads.get(entity);
  const untouched = head?.kind === 'job' ? 'EMBRYO' : null;
  const journaled = standing(head?.state ?? untouched, head?.version ?? 0);
  const recorded = standing(record.state, record.version);
  if (recorded === journaled) return;
  report(checked, 3, { entity, expected: `${journaled}, as journaled`, found: `${recorded} in its record` });
};

const checkAtEnd = (checked: CheckState): void => {
  for (const [entity, head] of checked.heads) {
    if (head.recorded !== undefined) continue;
    report(checked, 3, {
      entity,
      expected: `a record, ${standing(head.state, head.version)}`,
      found: 'its journal alone',
    });
  }
  for (const { entity, version } of checked.evidence.acknowledged ?? []) {
    const journaled = checked.heads.get(entity)?.version ?? 0;
    if (journaled >= version) continue;
    report(checked, 3, {
      entity,
      expected: `version ${version} in the journal, as was acknowledged`,
      found: `version ${journaled}`,
    });
  }
};

/** 3: records are as the journal says, there is one for every entity of the journal, and one for the last unit of every entry. */
export const createStandingCheck = (checked: CheckState): Check => {
  const lastUnits = new Map<string, string>();
  const expired = new Set<string>();
  return {
    expired_history: ({ entity }) => void expired.add(entity),
    freerun_process: (entry, head, key) => {
      // Stored by a program that kept no history of entries.
      const isOlder = entry.version === 0 && head.version === 0;
      if (!isOlder) checkStanding(checked, key, { state: entryState(entry), version: entry.version });
      // None of those of an entry that was removed stays.
      const isKept = !entry.removed || !expired.has(key);
      if (entry.relatedUow !== null && isKept) lastUnits.set(key, entry.relatedUow);
    },
    unit_of_work: (uow) => checkStanding(checked, uow.id, uow),
    job: (job, _, key) => checkStanding(checked, key, job),
    close: () => {
      checkAtEnd(checked);
      for (const [entity, id] of lastUnits) {
        if (checked.heads.get(id)?.recorded !== undefined) continue;
        const expected = 'a record of its last unit of work';
        report(checked, 3, { entity, expected, found: `none of ${id}`, about: [id] });
      }
    },
  };
};

/** 2: a job and a unit of work are named once. */
export const createNameCheck = (checked: CheckState): Check => ({
  job: (_, head, entity) => {
    if (head.recorded === undefined) return;
    report(checked, 2, { entity, expected: 'one record', found: 'another one' });
  },
  unit_of_work: (uow, head) => {
    const { id: entity, kind, processName, timeperiod, sequence } = uow;
    const due = jobUowId({ processName, timeperiod }, sequence);
    if (head.recorded !== undefined)
      report(checked, 2, { entity, expected: 'one record', found: 'another one' });
    if (kind === 'managed' && entity !== due)
      report(checked, 2, { entity, expected: `the id ${due} of its job and sequence`, found: entity });
  },
});

/** Whether the period that a unit is of is not over: a live process runs again and again in it. */
const createIsLive = ({ context, timetable }: Evidence) => {
  const managed = new Map(
    (context?.processes ?? []).flatMap((entry) => (entry.kind === 'managed' ? [[entry.name, entry]] : [])),
  );
  return ({ kind, processName, endTimeperiod }: UowRecord): boolean => {
    const process = managed.get(processName);
    if (kind === 'freerun' || process === undefined || timetable === undefined) return false;
    return endTimeperiod > nameOf(process.qualifier, new Date(timetable.now));
  };
};

/** 4, where all work is said to be done: no unit of a period that is over is left unfinished. */
export const createRestCheck = (checked: CheckState): Check => {
  const isLive = createIsLive(checked.evidence);
  return {
    unit_of_work: (uow) => {
      if (checked.evidence.situation !== 'done' || isUowFinished(uow.state) || isQuarantined(uow)) return;
      if (isLive(uow)) return;
      report(checked, 4, {
        entity: uow.id,
        expected: 'a terminal state, all work being done',
        found: uow.state,
      });
    },
  };
};

/** 6: a job has one unfinished unit at most. */
export const createUnfinishedCheck = (checked: CheckState): Check => {
  const unfinished = new Map<string, string>();
  return {
    unit_of_work: ({ id, kind, processName, timeperiod, state }) => {
      if (kind === 'freerun' || isUowFinished(state)) return;
      const entity = jobKeyText({ processName, timeperiod });
      const other = unfinished.get(entity);
      unfinished.set(entity, id);
      if (other === undefined) return;
      report(checked, 6, {
        entity,
        expected: 'one unfinished unit at most',
        found: `${other} and ${id}`,
        about: [other, id],
      });
    },
  };
};

const unitText = (uow: string, head: Head | undefined): string =>
  `unit ${uow} ${head?.recorded === undefined ? 'missing' : `is ${head.recorded}`}`;

/** 9: what is PROCESSED was processed by its unit. */
export const createProcessedCheck = (checked: CheckState): Check => ({
  job: ({ state, relatedUow }, _, entity) => {
    if (state !== 'PROCESSED') return;
    const head = relatedUow === null ? undefined : checked.heads.get(relatedUow);
    if (head?.recorded === 'PROCESSED') return;
    report(checked, 9, {
      entity,
      expected: 'its unit of work PROCESSED, as it is itself',
      found: relatedUow === null ? 'no unit' : unitText(relatedUow, head),
      about: relatedUow === null ? [] : [relatedUow],
    });
  },
});
