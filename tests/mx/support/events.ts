import { defineContext } from '../../../domain/model/define.ts';
import type { ProcessContext } from '../../../domain/model/process.ts';
import type { Report } from '../../../domain/model/report.ts';
import { eventsProcess } from '../../../domain/event/process.ts';
import type { CommandOf } from '../../../scheduler/commands/command-table.ts';
import type { Rig } from '../../support/rig.ts';
import { siteContext } from './served.ts';

/** The web site with event triggers. */
export const eventContext = (): ProcessContext => {
  const { processes, trees } = siteContext();
  return defineContext({ processes: [...processes, eventsProcess(8, 7)], trees });
};

/** A user puts a trigger of the owner `local`. */
export const putTrigger = async (
  rig: Rig,
  { id, ...given }: Omit<CommandOf<'put-trigger'>, 'kind' | 'owner' | 'triggerId'> & { readonly id: string },
): Promise<void> => {
  await rig.api.execute({ kind: 'put-trigger', owner: 'local', triggerId: id, ...given });
};

/** How a worker ends an attempt, and what its log has of it. */
export interface PlayedEnd {
  readonly event: Report['event'];
  readonly error?: string;
  readonly retryAt?: number;
  readonly lines?: readonly string[];
}

/** A worker takes an execution to this end. */
export const playEnd = async (rig: Rig, id: string, end: PlayedEnd): Promise<void> => {
  rig.clock.advance(12);
  const now = rig.clock.now();
  const [uow] = await rig.store.claim([id], { owner: 'pine', expiresAt: now + 15_000, now });
  const { attempt = 1, token = '' } = uow ?? {};
  await rig.store.appendLog(
    (end.lines ?? []).map((line, place) => ({
      ...{ parentId: id, sequence: place + 1, attempt, at: now, stream: 'log' as const, line },
    })),
  );
  rig.clock.advance(40);
  const { event, error = null, retryAt = null } = end;
  const report = { id, attempt, token: token ?? '', event, processed: 1, aggregated: 0, error, retryAt };
  await rig.store.report('pine', [report], now + 40);
  rig.clock.advance(1_000);
};

/** A trigger is fired by hand, and a worker takes its execution to this end; its id. */
export const playExecution = async (rig: Rig, triggerId: string, end?: PlayedEnd): Promise<string> => {
  const { result } = await rig.api.execute({ kind: 'fire-trigger', owner: 'local', triggerId });
  const id = result?.['execution'] as string;
  if (end !== undefined) await playEnd(rig, id, end);
  return id;
};

/** A worker has a trigger paused whose target said that it is gone, or the scheduler one that failed too often. */
export const playPause = async (
  rig: Rig,
  triggerId: string,
  { actor, why, note }: { readonly actor: string; readonly why: 'gone' | 'failing'; readonly note: string },
): Promise<void> => {
  const api = rig.apiFor({ actor, signal: new AbortController().signal });
  await api.execute({ kind: 'pause-trigger', owner: 'local', triggerId, note, id: `${why}/${triggerId}` });
};

const HOOK = 'https://example.org/hook';
export const delivered: PlayedEnd = {
  event: 'complete',
  lines: [`→ POST ${HOOK} 312 bytes`, '← 204 No Content in 40 ms'],
};
export const refused: PlayedEnd = {
  event: 'cancel',
  error: 'gave up after 10 attempts: 503 Service Unavailable',
  lines: [`→ POST ${HOOK} 312 bytes`, '← 503 Service Unavailable in 41 ms', '{"error":"the queue is full"}'],
};

/** Triggers as a person finds them on a working day. */
export const playTriggers = async (rig: Rig): Promise<{ readonly failed: string }> => {
  const soon = new Date(rig.clock.now() + 86_400_000).toISOString().slice(0, 10);
  await putTrigger(rig, {
    ...{
      id: 'nightly-report',
      name: 'Nightly report',
      schedule: 'at 02:30',
      target: { url: `${HOOK}/report?list=all` },
    },
    ...{
      payload: { days: 7, mail: ['ops@example.org'] },
      description: 'Has the report made',
      labels: { team: 'billing' },
    },
  });
  await putTrigger(rig, { id: 'heartbeat', schedule: 'every 30s', epsilon: 10_000, target: { url: HOOK } });
  await putTrigger(rig, {
    ...{
      id: 'month-end',
      name: 'Close the month',
      schedule: `R/${soon.slice(0, 4)}-01-31T10:00:00Z/P1M/ET1H`,
    },
    target: { url: HOOK, headers: { authorization: 'Bearer s3cret', 'x-team': 'billing' } },
  });
  await putTrigger(rig, { id: 'moved', name: 'Old shop', schedule: 'every 1h', target: { url: HOOK } });
  await putTrigger(rig, {
    id: 'once',
    name: 'Launch',
    schedule: 'R0/2001-01-01T00:00:00Z/PT1H',
    target: { url: HOOK },
  });
  for (let n = 0; n < 6; n++) await playExecution(rig, 'heartbeat', n === 3 ? refused : delivered);
  await playExecution(rig, 'nightly-report', delivered);
  const failed = await playExecution(rig, 'nightly-report', refused);
  await playExecution(rig, 'month-end');
  await rig.api.execute({
    kind: 'pause-trigger',
    owner: 'local',
    triggerId: 'moved',
    note: '410 Gone: the shop has moved',
  });
  return { failed };
};
