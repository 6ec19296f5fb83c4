import type { ExpiredJournal, TransitionRecord } from '../model/record.ts';
import { isPublication } from '../timetable/apply-transition.ts';

/** So many rows of the journal of a job or a free-run entry stay whatever their age. */
export const NEWEST_ROWS = 16;

/** Where a journal begins that several have cut: it never begins earlier again. */
export const laterOf = (known: ExpiredJournal | undefined, journal: ExpiredJournal): ExpiredJournal =>
  known !== undefined && known.version >= journal.version ? known : journal;

/** A step, by its id. */
interface CutOptions {
  readonly id: string;
  readonly before: number;
  readonly removed?: { readonly version: number };
}

/** What a step of retention deletes of a journal. */
export interface JournalCut {
  /** Where the journal stands after it. */
  readonly journal: ExpiredJournal;
  /** How many rows, and the instants, ms, of the first and the last of them. */
  readonly transitions: number;
  readonly from: number;
  readonly to: number;
}

/**
 * What a step may delete of a journal that begins after `known`: rows before an instant, ms, none behind one that is younger, nor
 * behind one that is missing, lest the record of retention hide what else has cost the journal a row. All up to the version of an
 * entry that is `removed`, or nothing.
 */
export const cutOf = (
  known: ExpiredJournal | undefined,
  /** The next ones by version; none of the newest. */
  rows: readonly TransitionRecord[],
  { id: step, before, removed }: CutOptions,
): JournalCut | undefined => {
  const first = (known?.version ?? 0) + 1;
  const end = rows.findIndex(({ at, version }, index) => at >= before || version !== first + index);
  const gone = end === -1 ? rows : rows.slice(0, end);
  const last = gone.at(-1);
  if (last === undefined) return undefined;
  if (removed !== undefined && (last.version !== removed.version || last.to !== 'REMOVED')) return undefined;
  const { entityId: entity, version, to: state, sequence, epoch } = last;
  const published = gone.findLast(({ entityKind, event }) => entityKind === 'job' && isPublication(event));
  const instants = gone.map(({ at }) => at);
  return {
    journal: {
      ...{ entity, version, state, sequence, epoch },
      published: published?.sequence ?? known?.published ?? 0,
      step,
    },
    ...{ transitions: gone.length, from: Math.min(...instants), to: Math.max(...instants) },
  };
};
