import { randomUUID } from 'node:crypto';
import type { SchedulerApi } from '../../scheduler/api/api.ts';
import { argumentsOf, commandTable } from '../../scheduler/commands/command-table.ts';
import type { CommandKind, Subject } from '../../scheduler/commands/command-table.ts';
import { entryPath, jobPath, triggerPath, unitPath, withQuery } from '../present/link.ts';
import type { PageView } from '../pages/page.ts';
import { dialogOf } from './command-dialog.ts';
import type { FormFields, Input } from './command-dialog.ts';

const pages: Readonly<Record<Subject, (fields: FormFields) => string>> = {
  job: ({ processName = '', timeperiod = '' }) => jobPath({ processName, timeperiod }),
  managed: () => '/processes',
  entry: ({ processName, entryName }) =>
    processName === undefined || entryName === undefined ? '/freerun' : entryPath({ processName, entryName }),
  uow: ({ uowId = '' }) => unitPath(uowId),
  trigger: ({ owner = '', triggerId = '' }) => triggerPath({ owner, id: triggerId }),
  triggers: () => '/triggers',
};

/** The page a command is about, where one is led without scripts. */
export const pageOf = (kind: CommandKind, fields: FormFields): string =>
  kind === 'put-secret' || kind === 'remove-secret'
    ? withQuery('/triggers/secrets', { owner: fields['owner'] })
    : kind === 'remove-trigger'
      ? '/triggers'
      : pages[commandTable[kind].subject](fields);

/** Arguments that the user does not fill in; they travel unseen. */
const hiddenFields = (kind: CommandKind, fields: FormFields, inputs: readonly Input[]) =>
  Object.keys(argumentsOf(kind)).flatMap((name) => {
    const value = fields[name];
    return value === undefined || inputs.some((input) => input.name === name) ? [] : [{ name, value }];
  });

/**
 * The dialog of a command, filled with what is known and what was typed before, as a page of its own or without its
 * frame. `error`: why the last try was refused.
 */
export const describeAction = async (
  api: SchedulerApi,
  kind: CommandKind,
  fields: FormFields,
  error?: string,
): Promise<PageView> => {
  const { inputs = [], plan, known, ...words } = await dialogOf(api, kind, fields);
  const model = {
    ...words,
    kind,
    /** A fresh command id: a double click sends one command. */
    id: randomUUID(),
    hidden: hiddenFields(kind, { ...fields, ...known }, inputs),
    inputs,
    reason: fields['reason'] ?? '',
    plan,
    back: pageOf(kind, fields),
    error,
  };
  return { view: 'action', title: words.title, model, dialog: true, still: true };
};
