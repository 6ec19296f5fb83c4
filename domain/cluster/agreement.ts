import { plural } from '../plural.ts';
import { UNTOLD } from './member.ts';
import type { Member, MemberFacts } from './member.ts';

const distinct = (members: readonly Member[], fact: (facts: MemberFacts) => string | undefined): string[] =>
  [...new Set(members.map(({ facts }) => fact(facts)))]
    .filter((value) => value !== undefined && value !== UNTOLD)
    .sort() as string[];

/** What members that work on one store should agree on and do not, each in a sentence for people. */
export const disagreements = (members: readonly Member[]): string[] => {
  const versions = distinct(members, ({ version }) => version);
  const contexts = distinct(members, ({ context }) => context);
  return [
    ...(versions.length > 1
      ? [`${plural(versions.length, 'version')} run side by side: ${versions.join(', ')}`]
      : []),
    ...(contexts.length > 1
      ? [
          `${plural(contexts.length, 'context')} are loaded side by side: ${contexts.join(', ')}; restart the services that have read an older file`,
        ]
      : []),
  ];
};

/** What a member does, in words: leads, stands by, or the processes that it serves, of which so many are named. */
export const doesText = ({ does, facts }: Pick<Member, 'does' | 'facts'>, named = Infinity): string => {
  if (does === 'schedule') {
    if (facts.leads === undefined) return 'schedules';
    return facts.leads ? 'leads' : 'stands by';
  }
  const { processes = [] } = facts;
  if (processes.length === 0) return 'works';
  const more = processes.length - named;
  return `serves ${processes.slice(0, named).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
};
