import type { CommandRecord, ExpiredRecord, JobKey } from '../../model/record.ts';
import { isUserActor, userActor } from '../../model/actor.ts';
import { entityRef, entryKeyText, jobKeyText } from '../../model/entity.ts';
import { EXPIRED_COMMANDS } from '../../retention/commands.ts';
import type { ExpiredCommands } from '../../retention/commands.ts';
import { report } from '../state.ts';
import type { CheckState, Check } from '../state.ts';

/** Clocks of two boxes may differ by so much, ms. */
const SKEW = 60_000;

/** A row of the journal that is a person's. */
interface Deed {
  readonly entity: string;
  readonly version: number;
  readonly at: number;
}

/** All rows and commands of one person. */
interface Doings {
  readonly deeds: Deed[];
  /** Entities, and entities with versions, of the rows. */
  readonly changed: Set<string>;
  readonly commands: CommandRecord[];
}

const versionKey = (entity: string, version: number): string => `${entity} at version ${version}`;

/** What the result of a command says it changed: a unit, of which it does not tell the version, or the jobs of a plan. */
const claimsOf = ({ result }: CommandRecord): { entity: string; change: string; version?: number }[] => {
  const uow = result?.['canceled'] ?? result?.['released'];
  if (typeof uow === 'string') return [{ entity: uow, change: uow }];
  const steps = (result?.['steps'] ?? []) as unknown as readonly (JobKey & { version: number })[];
  return steps.map((step) => {
    const entity = jobKeyText(step);
    const version = step.version + 1;
    return { entity, version, change: versionKey(entity, version) };
  });
};

/** Whether retention deleted a unit that a command changed, and what ended after that. */
const isExpired = (
  expired: ReadonlyMap<string, ExpiredRecord>,
  { createdAt }: CommandRecord,
  unit: string,
): boolean => {
  const ref = entityRef(unit);
  if (ref?.kind !== 'uow') return false;
  const { processName, entryName } = ref;
  // That of an entry that is gone as well is counted in with that of its process.
  const records = [processName, ...(entryName === null ? [] : [entryKeyText(processName, entryName)])];
  return records.some((key) => (expired.get(key)?.to ?? -Infinity) >= createdAt - SKEW);
};

const checkDone = (
  checked: CheckState,
  command: CommandRecord,
  { changed, expired }: Pick<Doings, 'changed'> & { readonly expired: ReadonlyMap<string, ExpiredRecord> },
): void => {
  for (const { entity, change, version = Infinity } of claimsOf(command)) {
    const head = checked.heads.get(entity);
    if (changed.has(change) || version <= (head?.expired ?? 0)) continue;
    if (head === undefined && isExpired(expired, command, entity)) continue;
    report(checked, 15, {
      entity: command.id,
      expected: `${change} changed by ${command.actor}, as ${command.kind} says it did`,
      found: 'no such row in the journal',
      about: [entity],
    });
  }
};

const covers = ({ createdAt, finishedAt }: CommandRecord, { at }: Deed): boolean =>
  createdAt - SKEW <= at && at <= (finishedAt ?? Infinity) + SKEW;

const checkDeeds = (checked: CheckState, actor: string, { deeds, commands }: Doings): void => {
  let command: CommandRecord | undefined;
  for (const deed of deeds) {
    // Mostly that of the row before.
    if (command === undefined || !covers(command, deed))
      command = commands.find((each) => covers(each, deed));
    if (command !== undefined) continue;
    const found = `${actor} at version ${deed.version} without one`;
    report(checked, 15, { entity: deed.entity, expected: 'a command for what a person changed', found });
  }
};

/** 15: a change by a person has a command, a command that was carried out has its changes. */
export const createCommandCheck = (checked: CheckState): Check => {
  const people = new Map<string, Doings>();
  const expired = new Map<string, ExpiredRecord>();
  const ids = new Set<string>();
  /** When the last of the commands had ended that retention deleted, ms. */
  let forgottenTo = -Infinity;
  const doingsOf = (actor: string): Doings => {
    const doings = people.get(actor) ?? { deeds: [], changed: new Set(), commands: [] };
    people.set(actor, doings);
    return doings;
  };
  return {
    fact: ({ name, value }) => {
      if (name === EXPIRED_COMMANDS) forgottenTo = (value as ExpiredCommands).to;
    },
    expired_history: (row) => void expired.set(row.entity, row),
    transition: ({ actor, entityId: entity, version, at }) => {
      if (!isUserActor(actor)) return;
      const { deeds, changed } = doingsOf(actor);
      if (at > forgottenTo + SKEW) deeds.push({ entity, version, at });
      changed.add(entity).add(versionKey(entity, version));
    },
    command: (command) => {
      const { id } = command;
      if (ids.has(id)) report(checked, 15, { entity: id, expected: 'one record', found: 'another one' });
      ids.add(id);
      const doings = doingsOf(userActor(command.actor));
      doings.commands.push(command);
      if (command.state === 'done') checkDone(checked, command, { ...doings, expired });
    },
    close: () => {
      for (const [actor, doings] of people) checkDeeds(checked, actor, doings);
    },
  };
};
