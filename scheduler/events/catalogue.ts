import { firingRate } from '../../domain/schedule/rate.ts';
import type { EventTrigger, TriggerKey } from '../../domain/event/trigger.ts';

/** What event triggers are looked for by. */
export interface CatalogueFilter {
  readonly owner?: string;
  /** A part of id, owner, name, schedule, address of the target or a label, in whatever case. */
  readonly q?: string;
  /** `name`, or `name: value`, in whatever case. */
  readonly label?: string;
  /** A part of the address of its target. */
  readonly target?: string;
}

/** How a trigger stands by its record alone. */
export type RecordedState = 'on' | 'paused' | 'ended';

/** What an owner has of the quotas. */
export interface TriggerUsage {
  readonly triggers: number;
  /** Firings a second of those that are on, see `firingRate`. */
  readonly rate: number;
}

interface Row {
  readonly state: RecordedState;
  readonly rate: number;
  /** All that is looked through, in lower case, in lines. */
  readonly text: string;
}

/** Keys found are cut to the page whenever they are so many more than it takes. */
const SPARE = 2_000;

/** Sorts as the collection does: by the owner, then by the id, which are of ASCII. */
const placeOf = ({ owner, id }: TriggerKey): string => `${owner}\0${id}`;

const keyOf = (place: string): TriggerKey => {
  const [owner = '', id = ''] = place.split('\0');
  return { owner, id };
};

/** How often a trigger fires a second, as its record has it. */
export const rateOf = ({ on, endedAt, schedule }: EventTrigger): number =>
  on && endedAt === null ? firingRate(schedule) : 0;

const rowOf = (trigger: EventTrigger): Row => {
  const { on, endedAt, owner, id, name, schedule, target, labels } = trigger;
  const words = Object.entries(labels).map((label) => label.join(': '));
  return {
    state: on ? (endedAt === null ? 'on' : 'ended') : 'paused',
    rate: rateOf(trigger),
    text: [target.url, id, owner, ...(name === id ? [] : [name]), schedule, ...words, '']
      .join('\n')
      .toLowerCase(),
  };
};

/** The texts that a filter looks for, as they are in a row. */
const soughtIn = ({ owner, q = '', label, target = '' }: CatalogueFilter) => {
  const [key = '', ...value] = label?.toLowerCase().split(':') ?? [];
  const line = value.length === 0 ? `\n${key}: ` : `\n${key}: ${value.join(':').trim()}\n`;
  return {
    mine: owner === undefined ? '' : `${owner}\0`,
    part: q.toLowerCase(),
    address: target.toLowerCase(),
    line: label === undefined ? '' : line,
  };
};

const isSought = (text: string, { part, address, line }: ReturnType<typeof soughtIn>): boolean =>
  text.includes(part) &&
  text.includes(line) &&
  (address === '' || text.slice(0, text.indexOf('\n')).includes(address));

/**
 * All event triggers by what people look for them by. It is in memory, at some 250 bytes each: no store has an index for a part
 * of a text, and reading 100,000 records takes a second, for each letter that a user types.
 */
export class TriggerCatalogue {
  readonly #rows = new Map<string, Row>();
  readonly #usages = new Map<string, TriggerUsage>();
  /** Places of those that the context declares. */
  readonly #declared = new Set<string>();

  put(trigger: EventTrigger): void {
    const place = placeOf(trigger);
    const row = rowOf(trigger);
    this.#use(trigger.owner, this.#rows.get(place), row);
    this.#rows.set(place, row);
    if (trigger.origin === 'context') this.#declared.add(place);
    else this.#declared.delete(place);
  }

  drop(key: TriggerKey): void {
    this.#use(key.owner, this.#rows.get(placeOf(key)), undefined);
    this.#rows.delete(placeOf(key));
    this.#declared.delete(placeOf(key));
  }

  /** What an owner has of the quotas, counted as triggers come and go. */
  usage(owner: string): TriggerUsage {
    return this.#usages.get(owner) ?? { triggers: 0, rate: 0 };
  }

  #use(owner: string, before: Row | undefined, after: Row | undefined): void {
    const { triggers, rate } = this.usage(owner);
    const count = triggers + (after ? 1 : 0) - (before ? 1 : 0);
    if (count === 0) this.#usages.delete(owner);
    else this.#usages.set(owner, { triggers: count, rate: rate + (after?.rate ?? 0) - (before?.rate ?? 0) });
  }

  /** Those of the context, as it was when they were stored. */
  declared(): TriggerKey[] {
    return [...this.#declared].map(keyOf);
  }

  /** Keys in their order, behind the key `after`. */
  find(
    filter: CatalogueFilter & { readonly states?: readonly RecordedState[] },
    { after, limit }: { readonly after?: TriggerKey; readonly limit: number },
  ): TriggerKey[] {
    const behind = after === undefined ? '' : placeOf(after);
    let found: string[] = [];
    const cut = (): string[] => found.sort((a, b) => (a < b ? -1 : 1)).slice(0, limit);
    for (const [place, { state }] of this.#matching(filter)) {
      if (place <= behind || filter.states?.includes(state) === false) continue;
      found.push(place);
      if (found.length > limit + SPARE) found = cut();
    }
    return cut().map(keyOf);
  }

  count(filter: CatalogueFilter): Readonly<Record<RecordedState, number>> {
    const counts = { on: 0, paused: 0, ended: 0 };
    for (const [, { state }] of this.#matching(filter)) counts[state]++;
    return counts;
  }

  /** Whether a trigger is one of those that are looked for. */
  matches(key: TriggerKey, filter: CatalogueFilter): boolean {
    const [row, sought] = [this.#rows.get(placeOf(key)), soughtIn(filter)];
    return row !== undefined && placeOf(key).startsWith(sought.mine) && isSought(row.text, sought);
  }

  *#matching(filter: CatalogueFilter): Generator<readonly [string, Row]> {
    const sought = soughtIn(filter);
    for (const row of this.#rows)
      if (row[0].startsWith(sought.mine) && isSought(row[1].text, sought)) yield row;
  }
}
