import type { Request, Response } from 'express';
import { z } from 'zod';
import type { RequestContext, SchedulerApi } from '../../scheduler/api/api.ts';
import { liveTopics } from '../../scheduler/api/live-event.ts';
import type { LiveEvent, LiveTopic } from '../../scheduler/api/live-event.ts';
import { createBacklog, MOST_BEHIND } from './event-backlog.ts';
import type { Frame } from './event-backlog.ts';
import { readInput } from './input.ts';
import { HttpError } from './problem.ts';
import { requestOf } from './request-context.ts';

/** Who listens at once; each browser tab that is looked at does. */
export const MAX_STREAMS = 500;
/** Proxies give up on silent connections, and pages take a silent scheduler for gone. Milliseconds. */
const HEARTBEAT = 15_000;

/** Who listens, and to what. */
export interface Listening extends Pick<RequestContext, 'eventsOf'> {
  readonly topics: readonly LiveTopic[];
}

/** Whether a client is told of an event: of those of event triggers it is told what it may see. */
const isFor = ({ topics, eventsOf }: Listening, event: LiveEvent): boolean =>
  topics.includes(event.topic) &&
  (event.topic === 'jobs' || eventsOf === undefined || event.owner === eventsOf);

const topic = z.enum(liveTopics);

/** Topics as a query has them, with commas. */
export const topicsQuery = z
  .string()
  .max(100)
  .transform((text) => text.split(','))
  .pipe(z.array(topic))
  .describe(`What is told of, with commas between: ${liveTopics.join(', ')}.`);

const streamQuery = z.strictObject({ topics: topicsQuery.optional() });

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
  readonly join: (listener: Listener, listening: Listening, lastId?: string) => void;
  /** Throws TOO_MANY_STREAMS when no more may join. */
  readonly refuseWhenFull: () => void;
  /** Tells one who has joined what came behind an event. */
  readonly resume: (listener: Listener, lastId: string) => void;
  readonly leave: (listener: Listener) => void;
  /** Answers with server-sent events; `heartbeat` is what is sent in silence, `topics` those of who asks for none. */
  readonly attach: (
    heartbeat: string,
    topics: readonly LiveTopic[],
  ) => (request: Request, response: Response) => void;
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
const createAudience = () => {
  const backlog = createBacklog();
  const listeners = new Map<Listener, Listening>();
  const leave = (listener: Listener): void => void listeners.delete(listener);
  const tell = (listener: Listener, message: Frame): void => {
    listener.send(message);
    if (listener.behind() <= MOST_BEHIND) return;
    leave(listener);
    listener.drop();
  };
  const resume = (listener: Listener, lastId?: string): void => {
    const listening = listeners.get(listener);
    if (listening === undefined) return;
    for (const message of backlog.since(lastId, (event) => isFor(listening, event))) tell(listener, message);
  };
  const join: EventStream['join'] = (listener, listening, lastId) => {
    listeners.set(listener, listening);
    resume(listener, lastId);
  };
  const tellAll = (event: LiveEvent): void => {
    const message = backlog.add(event);
    for (const [listener, listening] of listeners) if (isFor(listening, event)) tell(listener, message);
  };
  return { listeners, join, resume, leave, tellAll };
};

/** Opens the stream over the scheduler's interface. */
export const openEventStream = (api: Pick<SchedulerApi, 'subscribe'>): EventStream => {
  const { listeners, join, resume, leave, tellAll } = createAudience();
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
    attach: (text, byDefault) => (request, response) => {
      const { topics = byDefault } = readInput(streamQuery, request.query, 'query');
      refuseWhenFull();
      const listener = serverSent(response, text);
      response.set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
      response.once('close', () => leave(listener));
      response.write('retry: 1000\n\n');
      const lastId = request.headers['last-event-id'];
      join(listener, { ...requestOf(response), topics }, typeof lastId === 'string' ? lastId : undefined);
    },
    stop: () => {
      clearInterval(heartbeat);
      unsubscribe();
      for (const listener of listeners.keys()) listener.end();
      listeners.clear();
    },
  };
};
