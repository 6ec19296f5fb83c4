import { randomUUID } from 'node:crypto';
import type { SchedulerApi } from '../../scheduler/api/api.ts';
import { argumentsOf, commandTable } from '../../scheduler/commands/command-table.ts';
import type { CommandKind, Subject } from '../../scheduler/commands/command-table.ts';
import { jobPath, unitPath } from '../present/link.ts';
import type { PageView } from '../pages/page.ts';
import { dialogOf } from './command-dialog.ts';
import type { CommandDialog, FormFields, Input } from './command-dialog.ts';
import type { PlanText } from './plan-text.ts';

/** What a dialog says and asks before a command is sent. */
export interface DialogModel extends Pick<CommandDialog, 'title' | 'lead' | 'submit'> {
  readonly kind: CommandKind;
  /** A fresh command id: a double click sends one command. */
  readonly id: string;
  readonly hidden: readonly { readonly name: string; readonly value: string }[];
  readonly inputs: readonly Input[];
  readonly reason: string;
  readonly plan: PlanText | undefined;
  readonly danger: boolean;
  readonly back: string;
  /** Why the last try was refused. */
  readonly error: string | undefined;
}

const pages: Readonly<Record<Subject, (fields: FormFields) => string>> = {
  job: ({ processName = '', timeperiod = '' }) => jobPath({ processName, timeperiod }),
  managed: () => '/processes',
  entry: () => '/freerun',
  uow: ({ uowId = '' }) => unitPath(uowId),
};

/** The page a command is about, where one is led without scripts. */
export const pageOf = (kind: CommandKind, fields: FormFields): string =>
  pages[commandTable[kind].subject](fields);

/** Arguments that the user does not fill in; they travel unseen. */
const hiddenFields = (
  kind: CommandKind,
  fields: FormFields,
  inputs: readonly Input[],
): DialogModel['hidden'] =>
  Object.keys(argumentsOf(kind)).flatMap((name) => {
    const value = fields[name];
    return value === undefined || inputs.some((input) => input.name === name) ? [] : [{ name, value }];
  });

/** The dialog of a command, filled with what is known and what was typed before. */
export const describeAction = async (
  api: SchedulerApi,
  kind: CommandKind,
  fields: FormFields,
  error?: string,
): Promise<DialogModel> => {
  const { inputs = [], plan, ...words } = await dialogOf(api, kind, fields);
  const known = plan === undefined ? fields : { ...fields, planHash: plan.hash };
  return {
    ...words,
    kind,
    id: randomUUID(),
    hidden: hiddenFields(kind, known, inputs),
    inputs,
    reason: fields['reason'] ?? '',
    plan,
    back: pageOf(kind, fields),
    error,
  };
};

/** A dialog as a page of its own, or without its frame. */
export const dialogView = (model: DialogModel): PageView => ({
  view: 'action',
  title: model.title,
  model,
  dialog: true,
  still: true,
});
