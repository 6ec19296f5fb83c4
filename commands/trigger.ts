import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { previewTrigger } from '../domain/event/preview.ts';
import type { TriggerPreview } from '../domain/event/preview.ts';
import { targetMethods } from '../domain/event/target.ts';
import { LOCAL_OWNER, eventFormats, eventOverlaps, triggerEntry } from '../domain/event/trigger.ts';
import { missedPolicies } from '../domain/model/process.ts';
import type { Json } from '../domain/model/process.ts';
import { readDuration } from '../domain/time/duration.ts';
import { systemClock } from '../lib/system-clock.ts';
import { instantText, print, printJson } from '../lib/terminal/output.ts';
import { commandTable } from '../scheduler/commands/command-table.ts';
import type { CommandOf } from '../scheduler/commands/command-table.ts';
import { fieldOption } from './cli/field-option.ts';
import { limitOption } from './cli/limit-option.ts';
import { execute, reasonOption, withSchedulerClient } from './cli/scheduler-client.ts';
import type { SchedulerClient } from './cli/scheduler-client.ts';
import { addSubcommand } from './cli/setting-options.ts';
import { defineTriggerSecrets } from './cli/trigger-secrets.ts';

/** An option that is a length of time, as ms. */
const length = (text: string): number => {
  const ms = readDuration(text.trim());
  if (ms === undefined || ms === 0) throw new InvalidArgumentError('expected a duration such as 90s or 5m');
  return ms;
};

/** An option that is an instant, as ms. */
const instant = (text: string): number => {
  const ms = Date.parse(text);
  if (!(ms >= 0)) throw new InvalidArgumentError('expected an instant such as 2027-01-31T10:00:00Z');
  return ms;
};

interface PreviewOptions {
  readonly epsilon?: number;
  readonly from?: number;
  readonly limit: number;
  readonly json?: true;
}

const printPreview = ({ words, warnings, next }: TriggerPreview): void => {
  print(words);
  for (const { part, text } of warnings) print(`${part}: ${text}`);
  for (const at of next) print(instantText(at));
};

/** `synergy trigger preview` */
const definePreview = (own: Command): void => {
  own
    .argument('<schedule>', "such as 'R/2027-01-31T10:00:00Z/P1M/ET1H', 'every 15m' or 'at 08:00'")
    .option(
      '--epsilon <duration>',
      'how late a delivery may begin, unless the schedule says it (default: 5m)',
      length,
    )
    .option('--from <instant>', 'the firings after it (default: now)', instant)
    .addOption(limitOption(10))
    .option('--json', 'print JSON')
    .action((schedule: string, { limit, json, ...given }: PreviewOptions) => {
      const preview = previewTrigger({ schedule, count: limit, ...given }, systemClock.now());
      if (json) printJson(preview);
      else printPreview(preview);
    });
};

/** The result of a command about an event trigger. */
interface TriggerResult {
  readonly changed?: boolean;
  readonly revision?: number;
  readonly execution?: string;
}

interface Named {
  readonly owner: string;
  readonly reason?: string;
}

/** A command about one event trigger. */
const deed = (
  own: Command,
  act: (
    client: SchedulerClient,
    about: Subject,
    given: { readonly args: readonly string[] },
  ) => Promise<string>,
): Command =>
  own
    .option('--owner <account>', 'account that it belongs to', LOCAL_OWNER)
    .addOption(reasonOption())
    .action(async (id: string) => {
      const { owner, reason } = own.opts<Named>();
      const subject = { owner, triggerId: id, reason };
      await withSchedulerClient(own, async (client) => print(await act(client, subject, { args: own.args })));
    });

interface Subject {
  readonly owner: string;
  readonly triggerId: string;
  readonly reason: string | undefined;
}

type Asked = Parameters<typeof execute>[1];

const resultOf = async (client: SchedulerClient, asked: Asked): Promise<TriggerResult> =>
  (await execute(client, asked)).result ?? {};

const nameOf = ({ owner, triggerId }: Subject): string => triggerEntry({ owner, id: triggerId });

/** A payload as a command line gives it. */
const payload = (text: string): Json => {
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new InvalidArgumentError(`expected JSON such as '{"days": 7}'`);
  }
};

/** A header as a command line gives it, with those before. */
const header = (text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> => {
  const [, name = '', value = ''] = /^([^:\s]+):\s*(.*)$/.exec(text) ?? [];
  if (name === '') throw new InvalidArgumentError("expected a name and a value, such as 'X-Team: billing'");
  return { ...before, [name]: value };
};

type PutTrigger = CommandOf<'put-trigger'>;

interface AddOptions extends Pick<
  PutTrigger,
  'name' | 'description' | 'epsilon' | 'missed' | 'overlap' | 'payload'
> {
  readonly method?: NonNullable<PutTrigger['target']['method']>;
  readonly format?: NonNullable<PutTrigger['target']['format']>;
  readonly header?: Record<string, string>;
}

const { name, description } = commandTable['put-trigger'].arguments;

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
    .addHelpText(
      'after',
      "\nExample:\n  $ synergy trigger add backup 'R/2027-01-31T10:00:00Z/P1D/ET1H' https://example.org/hook",
    );

/** `synergy trigger add` */
const defineAdd = (own: Command): void => {
  deed(addOptions(own), async (client, subject, { args: [, schedule = '', url = ''] }) => {
    const {
      method,
      format,
      header: headers,
      name,
      description,
      epsilon,
      missed,
      overlap,
      payload: sent,
    } = own.opts<AddOptions>();
    const target = { url, ...(method && { method }), ...(format && { format }), ...(headers && { headers }) };
    const { changed, revision } = await resultOf(client, {
      ...{ kind: 'put-trigger', ...subject, schedule, target },
      ...(name !== undefined && { name }),
      ...(description !== undefined && { description }),
      ...(epsilon !== undefined && { epsilon }),
      ...(missed !== undefined && { missed }),
      ...(overlap !== undefined && { overlap }),
      ...(sent !== undefined && { payload: sent }),
    });
    if (changed !== true) return `${nameOf(subject)} is so already`;
    return `${revision === 1 ? 'added' : 'changed'} ${nameOf(subject)}`;
  });
};

/** Commands about a trigger that is there, and what is told when they are done. */
const deeds = {
  pause: ['pause-trigger', 'paused'],
  resume: ['resume-trigger', 'resumed'],
  remove: ['remove-trigger', 'removed'],
} as const;

/** `synergy trigger add|pause|resume|remove|fire|preview`, and what is about secrets */
export const define = (command: Command): void => {
  command.addHelpText('after', "\nExample:\n  $ synergy trigger preview 'R/2027-01-31T10:00:00Z/P1M/ET1H'");
  defineAdd(addSubcommand(command, 'add', commandTable['put-trigger'].summary));
  for (const [verb, [kind, done]] of Object.entries(deeds)) {
    const own = addSubcommand(command, verb, commandTable[kind].summary);
    own.argument('<id>', 'id of the event trigger');
    if (verb === 'pause') own.option('--note <text>', 'why, for those who find it paused');
    deed(own, async (client, subject) => {
      const { note } = own.opts<{ note?: string }>();
      const { changed = true } = await resultOf(client, {
        ...{ kind, ...subject },
        ...(note !== undefined && { note }),
      });
      return changed ? `${done} ${nameOf(subject)}` : `${nameOf(subject)} is so already`;
    });
  }
  const firing = addSubcommand(command, 'fire', commandTable['fire-trigger'].summary)
    .argument('<id>', 'id of the event trigger')
    .option('--at <instant>', 'planned instant that its target is told (default: now)', instant);
  deed(firing, async (client, subject) => {
    const { at } = firing.opts<{ at?: number }>();
    const given = at === undefined ? {} : { at };
    const { execution } = await resultOf(client, { kind: 'fire-trigger', ...subject, ...given });
    return `fired ${nameOf(subject)}: ${execution}`;
  });
  defineTriggerSecrets(command);
  definePreview(
    command
      .command('preview')
      .description('say what a schedule means, and when it fires next; changes nothing'),
  );
};
