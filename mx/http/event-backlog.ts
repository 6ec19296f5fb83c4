import { randomUUID } from 'node:crypto';
import { jobKeyText } from '../../domain/model/entity.ts';
import type { JobKey } from '../../domain/model/record.ts';
import type { LiveEvent } from '../../scheduler/api/api.ts';

/** Keys told per event; beyond it a client only learns that much has changed. */
const MAX_KEYS = 200;
/** Events that a client may have missed and still be told of. */
const KEPT_EVENTS = 1000;
/** Bytes that wait for one client. One that is further behind is dropped: it may come again and go on. */
export const MOST_BEHIND = 1_048_576;

/** One message in the forms that it is sent in. */
export interface Frame {
  /** Of server-sent events. */
  readonly text: string;
  /** Of a WebSocket. */
  readonly json: string;
}

const frame = (id: string, event: 'changed' | 'ready' | 'reload', data: object): Frame => {
  const json = JSON.stringify(data);
  return {
    text: `id: ${id}\nevent: ${event}\ndata: ${json}\n\n`,
    json: `{"id":"${id}","event":"${event}","data":${json}}`,
  };
};

/** An event as clients are told of it: `total` jobs changed, and some of them are named. */
interface Told extends LiveEvent {
  readonly total: number;
}

/** The latest events, for clients that come again. Ids are of this run of the scheduler: those of one before it are unknown. */
export const createBacklog = () => {
  const run = randomUUID().slice(0, 8);
  const kept: Told[] = [];
  let last = 0;
  const idOf = (sequence: number): string => `${run}-${sequence}`;
  const changed = ({ sequence, changed, total }: Told): Frame =>
    frame(idOf(sequence), 'changed', { sequence, changed: changed.map(jobKeyText), total });
  /** What came behind an event; undefined when that is not known any more. */
  const behind = (lastId: string): readonly Told[] | undefined => {
    const [, of, digits] = /^(\w{8})-(\d{1,15})$/.exec(lastId) ?? [];
    const count = last - Number(digits);
    return of === run && count >= 0 && count <= kept.length ? kept.slice(kept.length - count) : undefined;
  };
  return {
    add: (keys: readonly JobKey[]): { readonly event: LiveEvent; readonly message: Frame } => {
      const event = { sequence: ++last, changed: keys.slice(0, MAX_KEYS), total: keys.length };
      kept.push(event);
      if (kept.length > KEPT_EVENTS) kept.shift();
      return { event, message: changed(event) };
    },
    /**
     * What a client is told first that has seen all up to the event `lastId`, or begins now: what came behind, `ready` when
     * that is nothing, `reload` when it missed more than can be told.
     */
    since: (lastId: string = idOf(last), sees: (event: LiveEvent) => boolean): readonly Frame[] => {
      const frames = behind(lastId)?.filter(sees).map(changed);
      const size = frames?.reduce((sum, { text }) => sum + text.length, 0) ?? Infinity;
      if (frames === undefined || size > MOST_BEHIND) return [frame(idOf(last), 'reload', {})];
      return frames.length === 0 ? [frame(idOf(last), 'ready', {})] : frames;
    },
  };
};
