import { isWorkerActor } from '../../model/actor.ts';
import { report } from '../state.ts';
import type { CheckState, Check } from '../state.ts';
import type { AnsweredVerdict } from '../evidence.ts';

const fenceKey = ({ id, attempt }: Pick<AnsweredVerdict, 'id' | 'attempt'>): string => `${id} ${attempt}`;

/** Rows and rejections of what workers said they were answered. */
const createVerdictCheck = (checked: CheckState): Check => {
  const verdicts = checked.evidence.verdicts ?? [];
  const asked = new Set(verdicts.map(fenceKey));
  const applied = new Set<string>();
  const rejected = new Set<string>();
  const kept = { applied, rejected } as const;
  return {
    transition: ({ entityId: id, attempt, from, actor }) => {
      if (asked.size === 0 || from !== 'IN_PROGRESS' || !isWorkerActor(actor)) return;
      const key = fenceKey({ id, attempt });
      if (asked.has(key)) applied.add(key);
    },
    rejected_report: (row) => {
      const key = fenceKey(row);
      if (asked.has(key)) rejected.add(key);
    },
    close: () => {
      for (const heard of verdicts) {
        if (kept[heard.verdict].has(fenceKey(heard))) continue;
        report(checked, 5, {
          entity: heard.id,
          expected: `the report of attempt ${heard.attempt} on record as ${heard.verdict}`,
          found: 'none',
        });
      }
    },
  };
};

/** 5: reports are applied under the current attempt and token only; see the journal for the attempts of rows. */
export const createFenceCheck = (checked: CheckState): Check => {
  const holders = new Map<string, string>();
  const verdictClerk = createVerdictCheck(checked);
  return {
    ...verdictClerk,
    unit_of_work: ({ id: entity, attempt, token, state, lease }, head) => {
      if (attempt !== head.attempt) {
        const expected = `attempt ${head.attempt}, as journaled`;
        report(checked, 5, { entity, expected, found: `attempt ${attempt} in its record` });
      }
      if (state !== 'IN_PROGRESS') return;
      if (token !== null && lease !== null) holders.set(entity, fenceKey({ id: token, attempt }));
      else
        report(checked, 5, {
          entity,
          expected: 'a token and a lease while it is IN_PROGRESS',
          found: `${token === null ? 'no token' : 'a token'} and ${lease === null ? 'no lease' : 'a lease'}`,
        });
    },
    rejected_report: (row) => {
      verdictClerk.rejected_report?.(row);
      if (holders.get(row.id) !== fenceKey({ id: row.token, attempt: row.attempt })) return;
      report(checked, 5, {
        entity: row.id,
        expected: 'a report of the current attempt and token applied',
        found: `attempt ${row.attempt} rejected, the unit still IN_PROGRESS`,
      });
    },
  };
};
