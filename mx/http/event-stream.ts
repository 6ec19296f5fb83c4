import { jobKeyText } from '../../domain/model/entity.ts';
import type { Request, Response } from 'express';
import type { LiveEvent, SchedulerApi } from '../../scheduler/api/api.ts';
import { HttpError } from './problem.ts';

/** Open streams; each browser tab that is looked at holds one. */
const MAX_STREAMS = 200;
/** Proxies give up on silent connections, and pages take a silent scheduler for gone. Milliseconds. */
const HEARTBEAT = 15_000;
/** Keys told per event; beyond it a page only learns that much has changed. */
const MAX_KEYS = 200;

/** Server-sent events from one subscription to all who listen. */
export interface EventStream {
  readonly attach: (request: Request, response: Response) => void;
  readonly stop: () => void;
}

const text = ({ sequence, changed }: LiveEvent): string => {
  const keys = changed.slice(0, MAX_KEYS).map(jobKeyText);
  const data = JSON.stringify({ sequence, changed: keys, total: changed.length });
  return `id: ${sequence}\nevent: changed\ndata: ${data}\n\n`;
};

export const openEventStream = (api: SchedulerApi): EventStream => {
  const streams = new Set<Response>();
  const send = (message: string): void => {
    for (const stream of streams) stream.write(message);
  };
  const unsubscribe = api.subscribe((event) => send(text(event)));
  const heartbeat = setInterval(() => send('event: heartbeat\ndata: {}\n\n'), HEARTBEAT);
  heartbeat.unref();
  return {
    attach: (request, response) => {
      if (streams.size >= MAX_STREAMS)
        throw new HttpError('TOO_MANY_STREAMS', `more than ${MAX_STREAMS} live pages are open: close some`);
      response.set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
      response.write('retry: 1000\n\n');
      streams.add(response);
      request.on('close', () => streams.delete(response));
    },
    stop: () => {
      clearInterval(heartbeat);
      unsubscribe();
      for (const stream of streams) stream.end();
      streams.clear();
    },
  };
};
