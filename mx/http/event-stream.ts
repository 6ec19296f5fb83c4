import type { Request, Response } from 'express';
import type { LiveEvent, RequestContext, SchedulerApi } from '../../scheduler/api/api.ts';
import { createBacklog, MOST_BEHIND } from './event-backlog.ts';
import type { Frame } from './event-backlog.ts';
import { nothing, readInput } from './input.ts';
import { HttpError } from './problem.ts';
import { requestOf } from './request-context.ts';

/** Who listens at once; each browser tab that is looked at does. */
export const MAX_STREAMS = 500;
/** Proxies give up on silent connections, and pages take a silent scheduler for gone. Milliseconds. */
const HEARTBEAT = 15_000;

/** Who may see what: by it the scheduler tells each client what concerns it alone. */
export type Visibility = (identity: Pick<RequestContext, 'actor'>) => (event: LiveEvent) => boolean;

const allSeeAll: Visibility = () => () => true;

/** A client that listens, over whatever connection. */
export interface Listener {
  readonly send: (frame: Frame) => void;
  /** Bytes sent that its connection has not taken yet. */
  readonly behind: () => number;
  readonly beat?: () => void;
  /** Breaks its connection off. */
  readonly drop: () => void;
  /** Ends its connection, as the scheduler stops. */
  readonly end: () => void;
}

/** Live events from one subscription to all who listen. */
export interface EventStream {
  /**
   * Has a client told of what happens from now on; first of what came behind the event of `lastId`, or by `reload` that it
   * missed more than is known.
   */
  readonly join: (listener: Listener, identity: Pick<RequestContext, 'actor'>, lastId?: string) => void;
  /** Throws TOO_MANY_STREAMS when no more may join. */
  readonly refuseWhenFull: () => void;
  /** Tells one who has joined what came behind an event. */
  readonly resume: (listener: Listener, lastId: string) => void;
  readonly leave: (listener: Listener) => void;
  /** Answers with server-sent events; `heartbeat` is what is sent in silence. */
  readonly attach: (heartbeat: string) => (request: Request, response: Response) => void;
  readonly stop: () => void;
}

const serverSent = (response: Response, heartbeat: string): Listener => ({
  send: ({ text }) => response.write(text),
  behind: () => response.writableLength,
  beat: () => response.write(heartbeat),
  drop: () => response.destroy(),
  end: () => response.end(),
});

/** Those who listen, and what each of them is told. */
const createAudience = (visible: Visibility) => {
  const backlog = createBacklog();
  const listeners = new Map<Listener, ReturnType<Visibility>>();
  const leave = (listener: Listener): void => void listeners.delete(listener);
  const tell = (listener: Listener, message: Frame): void => {
    listener.send(message);
    if (listener.behind() <= MOST_BEHIND) return;
    leave(listener);
    listener.drop();
  };
  const resume = (listener: Listener, lastId?: string): void => {
    const sees = listeners.get(listener);
    if (sees !== undefined) for (const message of backlog.since(lastId, sees)) tell(listener, message);
  };
  const join: EventStream['join'] = (listener, identity, lastId) => {
    listeners.set(listener, visible(identity));
    resume(listener, lastId);
  };
  const tellAll = ({ changed }: LiveEvent): void => {
    const { event, message } = backlog.add(changed);
    for (const [listener, sees] of listeners) if (sees(event)) tell(listener, message);
  };
  return { listeners, join, resume, leave, tellAll };
};

/** `visible`: which events a client is told of. */
export const openEventStream = (
  api: Pick<SchedulerApi, 'subscribe'>,
  visible: Visibility = allSeeAll,
): EventStream => {
  const { listeners, join, resume, leave, tellAll } = createAudience(visible);
  const unsubscribe = api.subscribe(tellAll);
  const heartbeat = setInterval(() => {
    for (const listener of listeners.keys()) listener.beat?.();
  }, HEARTBEAT);
  heartbeat.unref();
  const refuseWhenFull = (): void => {
    if (listeners.size >= MAX_STREAMS)
      throw new HttpError('TOO_MANY_STREAMS', `${MAX_STREAMS} clients listen already: close some`);
  };
  return {
    ...{ join, refuseWhenFull, resume, leave },
    attach: (text) => (request, response) => {
      readInput(nothing, request.query, 'query');
      refuseWhenFull();
      const listener = serverSent(response, text);
      response.set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
      response.once('close', () => leave(listener));
      response.write('retry: 1000\n\n');
      const lastId = request.headers['last-event-id'];
      join(listener, requestOf(response), typeof lastId === 'string' ? lastId : undefined);
    },
    stop: () => {
      clearInterval(heartbeat);
      unsubscribe();
      for (const listener of listeners.keys()) listener.end();
      listeners.clear();
    },
  };
};
