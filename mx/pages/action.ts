import { z } from 'zod';
import { lostOutcomes } from '../../domain/event/resend.ts';
import { describeAction } from '../actions/dialog.ts';
import { commandKinds, subjects } from '../../scheduler/commands/command-table.ts';
import { definePage } from './page.ts';

const text = z.string().max(1000).optional();

/** Arguments that name what a command is about. */
const named = Object.fromEntries(
  Object.values(subjects)
    .flatMap(Object.keys)
    .map((name) => [name, text]),
);

/** The dialog of an action: a preview, the fields, the reason. Shown over a page, or as one without scripts. */
export const actionPage = definePage({
  path: '/actions/:kind',
  params: z.strictObject({ kind: z.enum(commandKinds) }),
  query: z.strictObject({
    ...named,
    secretName: text,
    on: z.enum(['true', 'false']).optional(),
    // What is sent again.
    ...{ from: text, to: text, outcome: z.enum(lostOutcomes).optional() },
  }),
  open: ({ api }, { kind, ...fields }) => describeAction(api, kind, fields),
});
