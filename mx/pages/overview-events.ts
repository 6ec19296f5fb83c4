import { executionOf } from '../../domain/event/execution.ts';
import { EVENTS } from '../../domain/event/trigger.ts';
import { isUowFinished } from '../../domain/machine/transition.ts';
import type { CommandRecord, UowRecord } from '../../domain/model/record.ts';
import { DAY } from '../../domain/time/calendar.ts';
import { SynergyError } from '../../domain/errors.ts';
import type { SchedulerApi } from '../../scheduler/api/api.ts';
import type { TriggerCounts, TriggerView } from '../../scheduler/api/trigger-view.ts';
import { triggerPath } from '../present/link.ts';
import { countOf, countText } from '../present/number-text.ts';
import { triggerLinks } from '../present/event/trigger-line.ts';
import { clockText } from '../present/time-text.ts';

/** Triggers of each kind that are named. */
const NAMED = 5;
/** Pauses that are looked through for those of no user, and executions that are counted. */
const PAUSES = 50;
const COUNTED = 1_000;

/** What the overview tells of event triggers. */
export interface OverviewEvents {
  /** Paused since their target said that it is gone, or since they failed too often, with the command that did it. */
  readonly paused: readonly { readonly trigger: TriggerView; readonly pause: CommandRecord }[];
  readonly failing: readonly TriggerView[];
  readonly counts: TriggerCounts;
  /** Executions that expired today, at most `COUNTED` and one. */
  readonly expired: readonly UowRecord[];
}

/** How many executions in a row were no success, up to the latest: of those that are read, at least. */
const failuresOf = ({ executions }: TriggerView): string => {
  const ended = executions.filter((uow) => isUowFinished(uow.state) && executionOf(uow)?.occasion !== 'test');
  const success = ended.findIndex(({ state }) => state === 'PROCESSED');
  const firings = countOf(success === -1 ? ended.length : success, 'firing');
  return success === -1 && ended.length > 10 ? `at least ${firings}` : firings;
};

const lastError = ({ executions }: TriggerView): string | undefined =>
  executions.find(({ state, error }) => isUowFinished(state) && error !== null)?.error ?? undefined;

/** What of event triggers needs a person, and what expired today. Pure. */
export const presentEvents = ({ paused, failing, counts, expired }: OverviewEvents) => {
  const line = (trigger: TriggerView) => ({
    name: trigger.name,
    href: triggerPath(trigger),
    links: triggerLinks(trigger),
  });
  const isMany = expired.length > COUNTED;
  const triggers = new Set(expired.map(({ entryName }) => entryName)).size;
  return {
    paused: paused.map(({ trigger, pause }) => ({
      ...line(trigger),
      note: trigger.note ?? '',
      at: clockText(pause.createdAt),
    })),
    failing: failing.map((trigger) => ({
      ...line(trigger),
      error: lastError(trigger) ?? 'it gave no error',
      times: failuresOf(trigger),
    })),
    hidden: Math.max(0, counts.failing - failing.length),
    total: paused.length + counts.failing,
    expired:
      expired.length === 0
        ? undefined
        : `${isMany ? `more than ${countText(COUNTED)} executions` : countOf(expired.length, 'execution')} of ${countOf(triggers, 'trigger')}`,
  };
};

export type EventTroubles = ReturnType<typeof presentEvents>;

/** A worker, or the scheduler itself, pauses a trigger by a command of such a name. */
const isOfNoUser = ({ id, state }: CommandRecord): boolean =>
  /^(?:gone|failing)\//.test(id) && state === 'done';

const readPaused = async (api: SchedulerApi): Promise<OverviewEvents['paused']> => {
  const pauses = (await api.commands(PAUSES, { kind: 'pause-trigger' })).filter(isOfNoUser);
  const latest = new Map<string, CommandRecord>();
  for (const pause of pauses) {
    const { owner, triggerId } = pause.arguments;
    const key = `${owner as string}/${triggerId as string}`;
    if (!latest.has(key)) latest.set(key, pause);
  }
  const found = await Promise.all(
    [...latest.values()].map(async (pause) => {
      const { owner, triggerId, note } = pause.arguments;
      const key = { owner: owner as string, id: triggerId as string };
      const trigger = await api.trigger(key).catch((error: unknown) => {
        if (error instanceof SynergyError && error.code === 'NOT_FOUND') return undefined;
        throw error;
      });
      return trigger !== undefined && !trigger.on && trigger.note === note ? [{ trigger, pause }] : [];
    }),
  );
  return found.flat().slice(0, NAMED);
};

/** Reads what the overview tells of event triggers. `now` in ms. */
export const readEvents = async (api: SchedulerApi, now: number): Promise<OverviewEvents> => {
  const from = now - (now % DAY);
  const [paused, failing, counts, expired] = await Promise.all([
    readPaused(api),
    api.triggers({ state: ['failing'], limit: NAMED }),
    api.triggerCounts({}),
    api.uows({ processName: EVENTS, states: ['NOOP'], from, order: 'newest', limit: COUNTED + 1 }),
  ]);
  return { paused, failing, counts, expired };
};
