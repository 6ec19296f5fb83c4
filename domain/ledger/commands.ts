import type { CommandRecord, JobKey, TransitionRecord } from '../model/record.ts';
import { jobKeyText } from '../model/record.ts';
import { report } from './books.ts';
import type { Books, Clerk } from './books.ts';

/** Clocks of two boxes may differ by so much, ms. */
const SKEW = 60_000;

interface Deed {
  readonly entity: string;
  readonly version: number;
  readonly at: number;
}

/** Entities and versions that a command says it led to; of a canceled unit the version is not told. */
const deedsOf = ({ kind, result }: CommandRecord): { entity: string; version?: number }[] => {
  if (kind === 'cancel-uow')
    return typeof result?.['canceled'] === 'string' ? [{ entity: result['canceled'] }] : [];
  if (kind !== 'reprocess' && kind !== 'skip') return [];
  const steps = (result?.['steps'] ?? []) as unknown as readonly (JobKey & { version: number })[];
  return steps.map(({ processName, timeperiod, version }) => ({
    entity: jobKeyText(processName, timeperiod),
    version: version + 1,
  }));
};

const covers = ({ createdAt, finishedAt }: CommandRecord, { at }: Deed): boolean =>
  createdAt - SKEW <= at && at <= (finishedAt ?? Infinity) + SKEW;

const checkDone = (books: Books, command: CommandRecord, deeds: readonly Deed[]): void => {
  for (const { entity, version } of deedsOf(command)) {
    if (deeds.some((deed) => deed.entity === entity && deed.version === (version ?? deed.version))) continue;
    report(books, 15, {
      entity: command.id,
      expected: `${entity}${version === undefined ? '' : ` at version ${version}`} changed by ${command.actor}, as ${command.kind} says it did`,
      found: 'no such row in the journal',
      about: [entity],
    });
  }
};

/** 15: a change by a person has a command, a command that was carried out has its changes. */
export const createCommandClerk = (books: Books): Clerk => {
  const byActor = new Map<string, Deed[]>();
  const commands = new Map<string, CommandRecord[]>();
  const ids = new Set<string>();
  return {
    transition: ({ actor, entityId: entity, version, at }: TransitionRecord) => {
      if (!actor.startsWith('user ')) return;
      byActor.set(actor, byActor.get(actor) ?? []);
      byActor.get(actor)?.push({ entity, version, at });
    },
    command: (command) => {
      const actor = `user ${command.actor}`;
      if (ids.has(command.id))
        report(books, 15, { entity: command.id, expected: 'one record', found: 'another one' });
      ids.add(command.id);
      if (command.state === 'done') checkDone(books, command, byActor.get(actor) ?? []);
      commands.set(actor, commands.get(actor) ?? []);
      commands.get(actor)?.push(command);
    },
    close: () => {
      for (const [actor, deeds] of byActor) {
        const known = commands.get(actor) ?? [];
        for (const deed of deeds) {
          if (known.some((command) => covers(command, deed))) continue;
          const found = `${actor} at version ${deed.version} without one`;
          report(books, 15, { entity: deed.entity, expected: 'a command for what a person changed', found });
        }
      }
    },
  };
};
