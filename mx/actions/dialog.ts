import { randomUUID } from 'node:crypto';
import type { CommandKind } from '../../domain/model/record.ts';
import type { SchedulerApi } from '../../scheduler/api/api.ts';
import { jobPath, unitPath } from '../present/link.ts';
import type { PageView } from '../pages/page.ts';
import { commandDialogs } from './command-dialog.ts';
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

const ofJob = ['processName', 'timeperiod'];
const ofManaged = ['processName', 'on'];
const ofEntry = ['processName', 'entryName', 'on'];

/** Fields that name the thing; they travel unseen. */
const keys: Readonly<Record<CommandKind, readonly string[]>> = {
  reprocess: ofJob,
  skip: ofJob,
  'set-managed': ofManaged,
  'fire-managed': ofManaged,
  'add-freerun': [],
  'set-freerun': ofEntry,
  'remove-freerun': ofEntry,
  'fire-freerun': ofEntry,
  'cancel-uow': ['uowId'],
  'release-uow': ['uowId'],
};

/** The page a command is about, where one is led without scripts. */
export const pageOf = (
  kind: CommandKind,
  { processName = '', timeperiod = '', uowId = '' }: FormFields,
): string => {
  if (kind === 'reprocess' || kind === 'skip') return jobPath({ processName, timeperiod });
  if (kind === 'cancel-uow' || kind === 'release-uow') return unitPath(uowId);
  return kind.endsWith('managed') ? '/processes' : '/freerun';
};

/** The dialog of a command, filled with what is known and what was typed before. */
export const describeAction = async (
  api: SchedulerApi,
  kind: CommandKind,
  fields: FormFields,
  error?: string,
): Promise<DialogModel> => {
  const { inputs = [], plan, danger = false, ...words } = await commandDialogs[kind](api, fields);
  const hidden = keys[kind].flatMap((name) => {
    const value = fields[name];
    return value === undefined ? [] : [{ name, value }];
  });
  return {
    ...words,
    kind,
    id: randomUUID(),
    hidden: plan === undefined ? hidden : [...hidden, { name: 'planHash', value: plan.hash }],
    inputs,
    reason: fields['reason'] ?? '',
    plan,
    danger,
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
