import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { digest } from '../../domain/cascade/digest.ts';
import { SynergyError } from '../../domain/errors.ts';
import { triggerEntry } from '../../domain/event/trigger.ts';
import type { EventTrigger } from '../../domain/event/trigger.ts';
import { commandRefusals, notRefused } from '../../scheduler/commands/check-command.ts';
import { commandId, commandTable, reason } from '../../scheduler/commands/command-table.ts';
import { triggerStateList } from '../../scheduler/api/list-fields.ts';
import type { TriggerFilter } from '../../scheduler/api/trigger-view.ts';
import { withQuery } from '../present/link.ts';
import { countOf, countText } from '../present/number-text.ts';
import { triggerLinks } from '../present/event/trigger-line.ts';
import { definePage } from './page.ts';
import type { PageContext, PageView } from './page.ts';

/** Triggers that one click acts on at most. */
const MOST = 1_000;
/** Of these so many are named. */
const NAMED = 12;
/** Commands under way at a time. */
const TOGETHER = 20;

/** What may be done to all triggers of a list, and to which of them it does something. */
const deeds = {
  pause: { kind: 'pause-trigger', concerns: ({ on }: EventTrigger) => on },
  resume: { kind: 'resume-trigger', concerns: ({ on }: EventTrigger) => !on },
  delete: { kind: 'remove-trigger', concerns: () => true },
} as const;
type Deed = keyof typeof deeds;
export const triggerDeeds = Object.keys(deeds) as Deed[];

/** Link to what is asked before a deed. */
export const actPath = (deed: Deed, { state, q }: TriggerFilter): string =>
  withQuery('/triggers/act', { deed, state: state?.join(','), q });

/** What triggers are found by, as a query of their pages says it. */
export const filterQuery = {
  q: z
    .string()
    .max(200)
    .trim()
    .transform((text) => text || undefined)
    .optional(),
  state: z
    .literal('')
    .transform(() => undefined)
    .or(triggerStateList)
    .optional(),
};

const filterSchema = { deed: z.enum(triggerDeeds), ...filterQuery };

interface Asked extends TriggerFilter {
  readonly deed: Deed;
  readonly triggers: readonly EventTrigger[];
  readonly hasMore: boolean;
}

const hashOf = (triggers: readonly EventTrigger[]): string => digest(triggers.map(triggerEntry));

const wordsOf = ({ state, q }: TriggerFilter): string =>
  [
    state === undefined ? '' : `that are ${state.join(' or ')}`,
    q === undefined ? '' : `that “${q}” is found in`,
  ]
    .filter((text) => text !== '')
    .join(' and ');

/** What is asked before a deed is done to many triggers. Pure. */
export const present = (
  { deed, triggers, hasMore, state, q }: Asked,
  typed: { readonly reason?: string; readonly error?: string; readonly id: string },
) => {
  const { words, effect, ...row } = commandTable[deeds[deed].kind];
  const what = countOf(triggers.length, 'trigger');
  return {
    title: `${words.verb} ${what}`,
    lead: effect,
    which: wordsOf({ ...(state && { state }), ...(q && { q }) }),
    cap: hasMore ? `These are the first ${countText(MOST)}: there are more, for another time.` : undefined,
    names: triggers.slice(0, NAMED).map((trigger) => ({
      name: trigger.name,
      key: triggerEntry(trigger),
      href: triggerLinks(trigger).page,
    })),
    hidden: Math.max(0, triggers.length - NAMED),
    isEmpty: triggers.length === 0,
    danger: 'danger' in row,
    submit: `${words.button} ${what}`,
    fields: { deed, q: q ?? '', state: state?.join(',') ?? '', hash: hashOf(triggers), id: typed.id },
    reason: typed.reason ?? '',
    error: typed.error,
    back: withQuery('/triggers', { state: state?.join(','), q }),
  };
};

const read = async (
  { api }: PageContext,
  {
    deed,
    ...given
  }: {
    readonly deed: Deed;
    readonly q?: string | undefined;
    readonly state?: TriggerFilter['state'] | undefined;
  },
): Promise<Asked> => {
  const filter = {
    ...(given.q !== undefined && { q: given.q }),
    ...(given.state !== undefined && { state: given.state }),
  };
  const found = await api.triggers({ ...filter, limit: MOST + 1 });
  const triggers = found.slice(0, MOST).filter(deeds[deed].concerns);
  return { deed, triggers, hasMore: found.length > MOST, ...filter };
};

const view = (asked: Asked, typed: Parameters<typeof present>[1]): PageView => {
  const model = present(asked, typed);
  return { view: 'triggers-act', title: model.title, model, dialog: true, still: true };
};

/** Does it to each as by a command of its own, which each trigger's page tells of. What was refused, in words. */
const doEach = async (
  { api }: PageContext,
  { deed, triggers }: Asked,
  { reason: why, id }: { readonly reason: string; readonly id: string },
): Promise<string[]> => {
  const { kind } = deeds[deed];
  const refused: string[] = [];
  const waiting = [...triggers.entries()];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [place, { owner, id: triggerId }] = next;
      const request = { kind, owner, triggerId, reason: why, id: `${id}/${place}` };
      try {
        notRefused(await api.execute({ ...request, ...(kind === 'pause-trigger' && { note: why }) }));
      } catch (error) {
        const isRefusal =
          error instanceof SynergyError && (commandRefusals as readonly string[]).includes(error.code);
        if (!isRefusal) throw error;
        refused.push(error.message);
      }
    }
  };
  await Promise.all(Array.from({ length: TOGETHER }, work));
  return refused;
};

/** Pauses, resumes or deletes all triggers of a list, after it has shown which they are. */
export const triggersActPage = definePage({
  path: '/triggers/act',
  available: ({ hasTriggers = false }) => hasTriggers,
  query: z.strictObject(filterSchema),
  open: async (context, given) => view(await read(context, given), { id: randomUUID() }),
  body: z.strictObject({ ...filterSchema, hash: z.string().max(100), id: commandId, reason }),
  submit: async (context, _, { hash, id, reason: why, ...given }) => {
    const asked = await read(context, given);
    const again = (error: string): PageView => ({
      ...view(asked, { reason: why, error, id: randomUUID() }),
      status: 409,
    });
    if (hashOf(asked.triggers) !== hash)
      return again('Nothing was done: the triggers that it concerns have changed since they were shown.');
    const refused = await doEach(context, asked, { reason: why, id });
    if (refused.length > 0)
      return again(
        `${countText(refused.length)} of ${countText(asked.triggers.length)} were refused: ${refused[0] ?? ''}`,
      );
    return { goTo: withQuery('/triggers', { q: given.q }) };
  },
});
