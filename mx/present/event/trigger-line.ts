import { isUowFinished } from '../../../domain/machine/transition.ts';
import { scheduleOf } from '../../../domain/schedule/schedule.ts';
import type { EventTrigger } from '../../../domain/event/trigger.ts';
import type { TriggerView } from '../../../scheduler/api/trigger-view.ts';
import { executionLine, executionLook } from './execution-line.ts';
import { actionPath, executionPath, triggerPath } from '../link.ts';
import type { StateLook } from '../state-look.ts';
import { clockText, distanceText } from '../time-text.ts';

const looks = {
  on: { glyph: 'in-progress', label: 'On', meaning: 'fires on its schedule' },
  failing: { glyph: 'invalid', label: 'Failing', meaning: 'its last execution was no success' },
  paused: { glyph: 'skipped', label: 'Paused', meaning: 'fires by hand alone' },
  ended: { glyph: 'noop', label: 'Ended', meaning: 'its last firing is past' },
} as const satisfies Readonly<Record<string, StateLook>>;

/** Look of an event trigger. */
export const triggerLook = ({ on, endedAt, isFailing }: TriggerView): StateLook => {
  if (!on) return looks.paused;
  if (isFailing) return looks.failing;
  return endedAt === null ? looks.on : looks.ended;
};

/** What may be done about an event trigger. */
export const triggerLinks = ({ owner, id, on, origin, secret }: EventTrigger) => {
  const key = { owner, triggerId: id };
  return {
    page: triggerPath({ owner, id }),
    switch: actionPath(on ? 'pause-trigger' : 'resume-trigger', key),
    fire: actionPath('fire-trigger', key),
    change: `${triggerPath({ owner, id })}/change`,
    secret: actionPath('rotate-secret', key),
    unsign: secret === null ? undefined : actionPath('unsign-trigger', key),
    // One of the context would be there again.
    remove: origin === 'user' ? actionPath('remove-trigger', key) : undefined,
  };
};

/** When it fires, and nothing of its warnings, which take longer. */
const scheduleWords = ({ schedule }: EventTrigger, now: number): string => {
  const words = scheduleOf(schedule).describe(now);
  return words.charAt(0).toUpperCase() + words.slice(1);
};

/** The address of a target without what is behind its path. */
const targetText = ({ target: { url } }: EventTrigger): string => url.replace(/[?#].*$/s, '');

/** An event trigger as a row of a list. `now` in ms, of the clock by which triggers fire. */
export const triggerLine = (trigger: TriggerView, now: number) => {
  const { owner, id, name, note, nextFires, executions } = trigger;
  const last = executions.find(({ state }) => isUowFinished(state)) ?? executions[0];
  const [next] = nextFires;
  return {
    id: `${owner}/${id}`,
    href: triggerPath(trigger),
    name,
    /** Shown where it says more than the name. */
    key: name === id ? (owner === 'local' ? '' : owner) : `${owner === 'local' ? '' : `${owner}/`}${id}`,
    on: trigger.on,
    note: note ?? undefined,
    look: triggerLook(trigger),
    schedule: scheduleWords(trigger, now),
    scheduleText: trigger.schedule,
    method: trigger.target.method,
    target: targetText(trigger),
    next: next === undefined ? undefined : distanceText(next, now),
    last: last && executionLine(last, now),
    /** The last executions, oldest first. */
    strip: [...executions].reverse().map((uow) => ({
      href: executionPath(uow.id),
      look: executionLook(uow),
      at: clockText(uow.createdAt).full,
    })),
    links: triggerLinks(trigger),
  };
};
