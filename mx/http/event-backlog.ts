import { randomUUID } from 'node:crypto';
import { jobKeyText } from '../../domain/model/entity.ts';
import type { LiveEvent, LiveTopic } from '../../scheduler/api/live-event.ts';

/** Changes told per event; beyond it a client only learns how many there are. */
const MAX_CHANGES = 200;
/** Events that a client may have missed and still be told of. */
const KEPT_EVENTS = 1000;
/** Bytes that wait for one client. One that is further behind is dropped: it may come again and go on. */
export const MOST_BEHIND = 1_048_576;

/** One message in the forms that it is sent in. */
export interface Frame {
  /** What it tells; absent where it tells of no event. */
  readonly event?: LiveEvent;
  /** Of server-sent events. */
  readonly text: string;
  /** Of a WebSocket. */
  readonly json: string;
}

/** Names of events, by their topics. */
const names: Readonly<Record<LiveTopic, string>> = {
  jobs: 'changed',
  triggers: 'trigger',
  executions: 'execution',
};

const frame = (id: string, event: string, data: object): Frame => {
  const json = JSON.stringify(data);
  return {
    text: `id: ${id}\nevent: ${event}\ndata: ${json}\n\n`,
    json: `{"id":"${id}","event":"${event}","data":${json}}`,
  };
};

/** An event under the number that clients know it by. */
interface Told {
  readonly sequence: number;
  readonly event: LiveEvent;
}

/** The changes that are named: of jobs by their keys. */
const named = (event: LiveEvent): readonly unknown[] =>
  event.topic === 'jobs'
    ? event.changed.slice(0, MAX_CHANGES).map(jobKeyText)
    : event.changed.slice(0, MAX_CHANGES);

/** The latest events, for clients that come again. Ids are of this run of the scheduler: those of one before it are unknown. */
export const createBacklog = () => {
  const run = randomUUID().slice(0, 8);
  const kept: Told[] = [];
  let last = 0;
  const idOf = (sequence: number): string => `${run}-${sequence}`;
  const message = ({ sequence, event }: Told): Frame => ({
    ...frame(idOf(sequence), names[event.topic], {
      ...{ sequence, changed: named(event), total: event.changed.length },
    }),
    event,
  });
  /** What came behind an event; undefined when that is not known any more. */
  const behind = (lastId: string): readonly Told[] | undefined => {
    const [, of, digits] = /^(\w{8})-(\d{1,15})$/.exec(lastId) ?? [];
    const count = last - Number(digits);
    return of === run && count >= 0 && count <= kept.length ? kept.slice(kept.length - count) : undefined;
  };
  return {
    add: (event: LiveEvent): Frame => {
      const told = { sequence: ++last, event };
      kept.push(told);
      if (kept.length > KEPT_EVENTS) kept.shift();
      return message(told);
    },
    /**
     * What a client is told first that has seen all up to the event `lastId`, or begins now: what came behind, `ready` when
     * that is nothing, `reload` when it missed more than can be told.
     */
    since: (lastId: string = idOf(last), sees: (event: LiveEvent) => boolean): readonly Frame[] => {
      const frames = behind(lastId)
        ?.filter(({ event }) => sees(event))
        .map(message);
      const size = frames?.reduce((sum, { text }) => sum + text.length, 0) ?? Infinity;
      if (frames === undefined || size > MOST_BEHIND) return [frame(idOf(last), 'reload', {})];
      return frames.length === 0 ? [frame(idOf(last), 'ready', {})] : frames;
    },
  };
};
