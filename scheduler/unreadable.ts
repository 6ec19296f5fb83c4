import type { Cause, Store, UowChange } from '../db/store.ts';
import type { CommandStore } from '../db/collections.ts';
import { finishCommand } from '../db/collections.ts';
import { unreadableAdvice, unreadableText } from '../domain/model/unreadable.ts';
import type { UnreadableValue } from '../domain/model/unreadable.ts';
import { canUow } from '../domain/machine/transition.ts';
import type { Logger } from '../domain/logger.ts';
import type { UowRecord } from '../domain/model/record.ts';
import { isRetrying } from '../domain/timetable/standing.ts';
import { uowChange } from './engine/job-update.ts';

const LOST = 'its arguments cannot be read back';

/** Changes after which the unit waits for a person. None when it has ended, or waits already. */
const quarantine = (uow: UowRecord, at: number): UowChange[] => {
  if (canUow(uow.state, 'fail')) return [uowChange(uow, 'fail', { finishedAt: at, error: LOST })];
  // One that waits for its retry would be tried again.
  if (!isRetrying(uow)) return [];
  const again = uowChange(uow, 'repost', {});
  return [again, ...quarantine({ ...uow, state: again.to, version: uow.version + 1 }, at)];
};

/** Refuses a command whose arguments cannot be read back; one that has ended stays as it is. */
export const refuseUnreadable = (store: CommandStore, id: string, at: number): Promise<void> => {
  const result = { code: 'VALUE_UNREADABLE', message: LOST };
  return finishCommand(store, id, { state: 'refused', result, finishedAt: at });
};

const idsOf = (values: readonly UnreadableValue[], table: UnreadableValue['table']): string[] =>
  values
    .filter((value) => value.table === table && value.column === 'arguments')
    .map(({ key }) => String(key[0]));

type Settling = CommandStore & Pick<Store, 'unreadable' | 'uows' | 'commit'>;

/**
 * Sees to it that nothing is done with empty arguments in place of those that cannot be read back: refuses the commands,
 * quarantines the units of work. Returns all values that cannot be read back and that something would be decided by, and
 * a line for each thing it did.
 */
export const settleUnreadable = async (
  store: Settling,
  cause: Cause,
): Promise<{ readonly values: readonly UnreadableValue[]; readonly done: readonly string[] }> => {
  const values = await store.unreadable('open');
  const refused = idsOf(values, 'command');
  for (const id of refused) await refuseUnreadable(store, id, cause.at);
  const ids = idsOf(values, 'unit_of_work');
  const groups = (ids.length === 0 ? [] : await store.uows(ids))
    .map((uow) => ({ id: uow.id, cause, writes: quarantine(uow, cause.at) }))
    .filter(({ writes }) => writes.length > 0);
  if (groups.length > 0) await store.commit(groups);
  const done = [
    ...refused.map((id) => `command ${id}: refused`),
    ...groups.map(({ id }) => `unit of work ${id}: quarantined`),
  ];
  return { values, done };
};

/** The same at the start of a scheduler, which goes on without these values and tells of them. */
export const passOverUnreadable = async (store: Settling, cause: Cause, log: Logger): Promise<void> => {
  const { values } = await settleUnreadable(store, cause);
  for (const value of values)
    log.warn(`${unreadableText(value)} cannot be read back and is left out: ${unreadableAdvice}`);
};

/** Whether a unit of work could not be claimed, since its arguments cannot be read back. */
export const hasUnreadableArguments = async (
  store: Pick<Store, 'unreadable'>,
  uowId: string,
): Promise<boolean> => idsOf(await store.unreadable('open'), 'unit_of_work').includes(uowId);
