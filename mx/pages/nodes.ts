import { disagreements, doesText } from '../../domain/cluster/agreement.ts';
import { UNTOLD } from '../../domain/cluster/member.ts';
import type { ClusterView, Member } from '../../domain/cluster/member.ts';
import { plural } from '../../domain/plural.ts';
import { distanceText } from '../present/time-text.ts';
import { definePage } from './page.ts';

/** Seconds between two looks: nothing tells the browser of members. */
const POLL = 2;
/** Processes of a worker that are named. */
const NAMED = 8;
/** Enough of a digest to tell it from another. */
const DIGITS = 8;

const line = ({ id, box, does, since, facts }: Member, now: number) => ({
  ...{ id, box },
  service: facts.service,
  does: doesText({ does, facts }, NAMED),
  leads: facts.leads === true,
  since: distanceText(since, now),
  version: facts.version === UNTOLD ? '' : facts.version,
  context: facts.context?.slice(0, DIGITS) ?? '',
});

/** Who is there, by id and so by box; `now` in ms. Pure. */
export const present = ({ name, driver, members }: ClusterView, now: number) => {
  const boxes = new Set(members.map(({ box }) => box)).size;
  return {
    ...{ poll: POLL, name, driver },
    counts: `${plural(members.length, 'service')} on ${plural(boxes, 'box', 'boxes')}`,
    isLocal: driver === 'local',
    problems: disagreements(members),
    members: members.map((member) => line(member, now)),
  };
};

export const nodesPage = definePage({
  path: '/nodes',
  nav: { label: 'Nodes', icon: 'nodes' },
  open: ({ api, clock }) =>
    Promise.resolve({ view: 'nodes', title: 'Nodes', model: present(api.cluster(), clock.now()) }),
});
