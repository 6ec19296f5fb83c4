import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { targetMethods } from '../../domain/event/target.ts';
import { eventFormats, eventOverlaps } from '../../domain/event/trigger.ts';
import { missedPolicies } from '../../domain/model/process.ts';
import { commandTable } from '../../scheduler/commands/command-table.ts';
import type { CommandOf } from '../../scheduler/commands/command-table.ts';
import { fieldOption } from '../cli/field-option.ts';
import { deed, nameOf, resultOf } from './deed.ts';
import { failures, length, payload } from './read-option.ts';

/** A header as a command line gives it, with those before. */
const header = (text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> => {
  const [, name = '', value = ''] = /^([^:\s]+):\s*(.*)$/.exec(text) ?? [];
  if (name === '') throw new InvalidArgumentError("expected a name and a value, such as 'X-Team: billing'");
  return { ...before, [name]: value };
};

type PutTrigger = CommandOf<'put-trigger'>;

/** Options that are arguments of the command as they are. */
const told = ['name', 'description', 'epsilon', 'missed', 'overlap', 'pauseAfter', 'payload'] as const;

interface AddOptions extends Pick<PutTrigger, (typeof told)[number]> {
  readonly method?: NonNullable<PutTrigger['target']['method']>;
  readonly format?: NonNullable<PutTrigger['target']['format']>;
  readonly header?: Record<string, string>;
}

const { name, description, pauseAfter } = commandTable['put-trigger'].arguments;

/** What a trigger is added with. */
const addOptions = (own: Command): Command =>
  own
    .argument('<id>', 'id of the event trigger')
    .argument('<schedule>', "such as 'R/2027-01-31T10:00:00Z/P1M/ET1H', 'every 15m' or 'at 08:00'")
    .argument('<url>', 'address of its target, such as https://example.org/hook')
    .addOption(fieldOption('--name <text>', name))
    .addOption(fieldOption('--description <text>', description))
    .option(
      '--epsilon <duration>',
      'how late a delivery may begin, unless the schedule says it (default: 5m)',
      length,
    )
    .option('--payload <json>', 'what is sent', payload)
    .addOption(new Option('--method <method>', 'method of HTTP (default: POST)').choices(targetMethods))
    .addOption(new Option('--format <format>', 'form of what is sent (default: plain)').choices(eventFormats))
    .option('--header <header>', "a header, such as 'X-Team: billing'; may be repeated", header)
    .addOption(
      new Option('--missed <policy>', 'firings to make up for (default: all)').choices(missedPolicies),
    )
    .addOption(
      new Option('--overlap <policy>', 'what a firing does beside the one before (default: allow)').choices(
        eventOverlaps,
      ),
    )
    .option('--pause-after <n>', `${pauseAfter.description}`, failures)
    .addHelpText(
      'after',
      "\nExample:\n  $ synergy trigger add backup 'R/2027-01-31T10:00:00Z/P1D/ET1H' https://example.org/hook",
    );

/** `synergy trigger add` */
export const defineAdd = (own: Command): void => {
  deed(addOptions(own), async (client, subject, { args: [, schedule = '', url = ''] }) => {
    const { method, format, header: headers, ...given } = own.opts<AddOptions>();
    const target = { url, ...(method && { method }), ...(format && { format }), ...(headers && { headers }) };
    // Settings are among the options, too.
    const said = Object.fromEntries(
      Object.entries(given).filter(([option]) => told.some((name) => name === option)),
    );
    const asked = { kind: 'put-trigger', ...said, ...subject, schedule, target } as const;
    const { changed, revision } = await resultOf(client, asked);
    if (changed !== true) return `${nameOf(subject)} is so already`;
    return `${revision === 1 ? 'added' : 'changed'} ${nameOf(subject)}`;
  });
};
