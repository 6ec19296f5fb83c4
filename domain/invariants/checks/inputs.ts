import { isJobFinished } from '../../machine/transition.ts';
import type { JobState } from '../../machine/job-machine.ts';
import { entityRef, jobKeyText } from '../../model/entity.ts';
import type { JobRecord } from '../../model/record.ts';
import { inputsOf } from '../../timetable/link.ts';
import type { Link } from '../../timetable/link.ts';
import { coveredPeriods, coveringNode, keyOf } from '../../timetable/timetable.ts';
import type { Timetable } from '../../timetable/timetable.ts';
import { leave, report, timetableOf } from '../state.ts';
import type { CheckState, Check, FormerEnd } from '../state.ts';

/** A finished state, and the places of the rows with which it began and ended. */
type Finish = Omit<FormerEnd, 'version'>;

/** What an input was at a version; undefined: something unfinished, or nothing the journal knows. */
const finishAt = (checked: CheckState, key: string, version: number): Finish | undefined => {
  const head = checked.heads.get(key);
  if (head?.version === version && isJobFinished(head.state as JobState))
    return { state: head.state as JobState, since: head.sequence, until: Infinity };
  return checked.formerEnds.get(key)?.find((end) => end.version === version);
};

/** Whether the journal ever had this version, and had it when the job was published. */
const checkVersions = (
  checked: CheckState,
  job: { key: string; published: number },
  consumed: Consumed,
): void => {
  for (const [input, version] of consumed) {
    const head = checked.heads.get(input);
    if (version > (head?.version ?? 0)) {
      report(checked, 10, {
        entity: job.key,
        expected: `${input} to have been at version ${version}, as recorded`,
        found: `version ${head?.version ?? 0}`,
        about: [input],
      });
    }
    const at = finishAt(checked, input, version);
    if (at === undefined || (at.since < job.published && job.published < at.until)) continue;
    report(checked, 10, {
      entity: job.key,
      expected: `${input} at version ${version} when it started`,
      found: 'another version, by the order of the journal',
      about: [input],
    });
  }
};

type Consumed = readonly (readonly [string, number])[];

interface Need {
  readonly inputs: Consumed;
  readonly atLeast: number;
  readonly accepts: (state: JobState) => boolean;
}

const isDone = (state: JobState): boolean => state === 'PROCESSED' || state === 'NOOP';

/** Of what was recorded, the inputs of a period by a link: each as the job that covers it, so one may stand for many. */
const ofLink = (link: Link, period: number, consumed: ReadonlyMap<string, number>): Consumed => {
  const { from, to } = inputsOf(link, period);
  const { input } = link;
  const found: (readonly [string, number])[] = [];
  for (let index = from; index < to; index++) {
    const key = jobKeyText(keyOf(coveringNode({ level: input, index })));
    const version = consumed.get(key);
    if (version !== undefined) found.push([key, version]);
  }
  return found;
};

/** What a job's blocking type asked for when it started. */
const needsOf = (
  timetable: Timetable,
  { processName, timeperiod }: JobRecord,
  consumed: Consumed,
): Need[] => {
  const level = timetable.levels.get(processName);
  if (level === undefined || level.process.blocking === 'normal') return [];
  const accepts = level.process.blocking === 'dependencies' ? isDone : isJobFinished;
  const versions = new Map(consumed);
  const periods = coveredPeriods({ level, index: level.indexOf(timeperiod) });
  const links = (timetable.inputs.get(processName) ?? []).flatMap((link) =>
    periods.map((period): Need => {
      const inputs = ofLink(link, period, versions);
      return { inputs, accepts, atLeast: Math.min(link.atLeast ?? inputs.length, inputs.length) };
    }),
  );
  if (level.process.blocking === 'dependencies') return links;
  const child = level.child?.process.name;
  const inputs = consumed.filter(([key]) => entityRef(key)?.processName === child);
  return [...links, { inputs, accepts, atLeast: inputs.length }];
};

const checkNeeds = (checked: CheckState, key: string, needs: readonly Need[]): void => {
  for (const { inputs, atLeast, accepts } of needs) {
    const lacking = inputs.filter(([input, version]) => {
      const at = finishAt(checked, input, version);
      // What retention deleted tells nothing any more.
      if (at === undefined) return version > (checked.heads.get(input)?.expired ?? 0);
      return !accepts(at.state);
    });
    if (inputs.length - lacking.length >= atLeast) continue;
    const named = lacking.slice(0, 3).map(([input, version]) => `${input} at version ${version}`);
    report(checked, 10, {
      entity: key,
      expected: `${atLeast} of ${inputs.length} blocking inputs finished when it started`,
      found: `${lacking.length} were not: ${named.join(', ')}${lacking.length > named.length ? ' …' : ''}`,
      about: lacking.map(([input]) => input),
    });
  }
};

/** 10: jobs started on finished inputs, at the versions they recorded. Judged by the context as it is now. */
export const createInputsCheck = (checked: CheckState): Check => {
  const timetable = timetableOf(checked);
  if (timetable === undefined)
    leave(checked, 10, 'which inputs block needs the context; recorded versions are judged');
  return {
    job: (record, head, key) => {
      if (record.consumed === null) return;
      const consumed = Object.entries(record.consumed);
      checkVersions(checked, { key, published: head.published }, consumed);
      if (timetable !== undefined) checkNeeds(checked, key, needsOf(timetable, record, consumed));
    },
  };
};
