import { z } from 'zod';
import { EVENTS, isTriggerId } from '../../domain/event/trigger.ts';
import type { TriggerKey } from '../../domain/event/trigger.ts';
import { triggerStates } from '../../scheduler/api/trigger-view.ts';
import type {
  TriggerCounts,
  TriggerFilter,
  TriggerState,
  TriggerView,
} from '../../scheduler/api/trigger-view.ts';
import { withQuery } from '../present/link.ts';
import { countText } from '../present/number-text.ts';
import { deliveryFacts, HEAD_LINE, HOUR } from '../present/event/head-line.ts';
import { executionLegend } from '../present/event/execution-line.ts';
import { triggerLine } from '../present/event/trigger-line.ts';
import { definePage } from './page.ts';
import { actPath, filterQuery, triggerDeeds } from './triggers-act.ts';

/** Triggers of one page. */
const PAGE = 100;
const MINUTE = 60_000;

const labels: Readonly<Record<TriggerState, string>> = {
  on: 'On',
  paused: 'Paused',
  failing: 'Failing',
  ended: 'Ended',
};

const tabsOf = (counts: TriggerCounts, { state, q }: TriggerFilter) => {
  const { on, paused, ended, isFailingCapped } = counts;
  const all = { label: 'All', count: countText(on + paused + ended), href: withQuery('/triggers', { q }) };
  return [
    { ...all, isHere: state === undefined, isBad: false },
    ...triggerStates.map((each) => ({
      label: labels[each],
      count: `${countText(counts[each])}${each === 'failing' && isFailingCapped ? ' or more' : ''}`,
      href: withQuery('/triggers', { state: each, q }),
      isHere: state?.length === 1 && state[0] === each,
      isBad: each === 'failing' && counts.failing > 0,
    })),
  ];
};

/** A page of event triggers, and one more that tells that it goes on. `now` in ms. Pure. */
export const present = (
  triggers: readonly TriggerView[],
  counts: TriggerCounts,
  {
    now,
    after,
    facts,
    ...filter
  }: TriggerFilter & {
    readonly now: number;
    readonly after?: TriggerKey;
    readonly facts: ReturnType<typeof deliveryFacts>;
  },
) => {
  const shown = triggers.slice(0, PAGE);
  const last = shown.at(-1);
  const { q } = filter;
  const state = filter.state?.join(',');
  return {
    facts,
    q: q ?? '',
    state,
    /** What may be done to all that are found. */
    deeds: triggerDeeds.map((deed) => ({ label: deed, href: actPath(deed, filter) })),
    exported: withQuery('/api/v1/triggers/export', { state, q }),
    tabs: tabsOf(counts, filter),
    triggers: shown.map((trigger) => triggerLine(trigger, now)),
    /** There are none at all, whatever is looked for. */
    isEmpty: shown.length === 0 && state === undefined && q === undefined,
    first: after === undefined ? undefined : withQuery('/triggers', { state, q }),
    next:
      triggers.length > PAGE && last
        ? withQuery('/triggers', { state, q, after: `${last.owner}/${last.id}` })
        : undefined,
    legend: executionLegend,
  };
};

const cursor = z
  .string()
  .max(400)
  .regex(/^[^/]+\/[^/]+$/)
  .transform((text): TriggerKey => {
    const [owner = '', id = ''] = text.split('/');
    return { owner, id };
  })
  .refine(({ id }) => isTriggerId(id), 'expected the key of a trigger');

export const triggersPage = definePage({
  path: '/triggers',
  nav: { label: 'Triggers', icon: 'triggers' },
  available: ({ hasTriggers = false }) => hasTriggers,
  query: z.strictObject({
    ...filterQuery,
    after: cursor.optional(),
  }),
  open: async ({ api, clock }, { q, state, after }) => {
    const filter = { ...(q !== undefined && { q }), ...(state !== undefined && { state }) };
    const page = { ...filter, ...(after !== undefined && { after }) };
    const [triggers, counts, latest] = await Promise.all([
      api.triggers({ ...page, limit: PAGE + 1 }),
      api.triggerCounts(q === undefined ? {} : { q }),
      api.uows({ processName: EVENTS, from: clock.now() - HOUR, order: 'newest', limit: HEAD_LINE }),
    ]);
    const facts = deliveryFacts(latest, api.triggersDue(MINUTE));
    return {
      view: 'triggers',
      title: 'Triggers',
      model: present(triggers, counts, { ...page, facts, now: clock.now() }),
    };
  },
});
