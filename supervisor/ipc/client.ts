import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { startTimer } from '../../lib/os/timer.ts';
import { readLines, writeLine } from './json-lines.ts';
import type { FromService, Hello, ToService } from './message.ts';
import { socketPath } from './socket-file.ts';

/** Pause between two calls to a supervisor that does not answer, ms. */
const REDIAL = 100;
/** Time for which a service that was not told to begin waits for a supervisor, ms. */
const FIRST_PATIENCE = 5000;

export interface ServiceLinkOptions {
  readonly dataDir: string;
  readonly mark: string;
  /** To begin, once; returns for how long to go on without a supervisor, ms. */
  readonly begin: (message: Extract<ToService, { type: 'begin' }>) => number;
  /** To stop: no supervisor came in that time, or one that has no use for this service. */
  readonly stop: () => void;
}

/**
 * The service's side of what it and its supervisor have to say to each other. Calls the supervisor of a data folder, and
 * whichever comes after it when it is gone. Ends with the process.
 */
export const linkToSupervisor = ({ dataDir, mark, begin, stop }: ServiceLinkOptions) => {
  const lasting = new Map<string, FromService>();
  let line: Socket | undefined;
  let patience: number | undefined; // until it is told to begin
  let adopted: (() => void) | undefined;

  const hear = (message: ToService): void => {
    if (message.type === 'stop') stop();
    else patience ??= begin(message);
  };
  const greet = (socket: Socket): void => {
    adopted?.();
    adopted = undefined;
    line = socket;
    writeLine(socket, { type: 'hello', mark, begun: patience !== undefined } satisfies Hello);
    for (const message of lasting.values()) writeLine(socket, message);
  };
  const dial = (): void => {
    const socket = connect(socketPath(dataDir));
    socket.on('error', () => undefined);
    socket.once('connect', () => greet(socket));
    readLines(socket, (value) => hear(value as ToService));
    socket.once('close', () => {
      line = undefined;
      adopted ??= startTimer(patience ?? FIRST_PATIENCE, stop);
      setTimeout(dial, REDIAL);
    });
  };
  dial();

  const keep = (message: FromService, last: string): void => {
    lasting.delete(last); // what is said last is also to be said last again
    lasting.set(last, message);
  };
  return {
    /**
     * Says something; it is lost while there is no supervisor. What is said to `last` is said again to one that takes
     * over, until something else is said in its place.
     */
    say: (message: FromService, last?: string): void => {
      if (last !== undefined) keep(message, last);
      if (line !== undefined) writeLine(line, message);
    },
    /** Says something and resolves when it is on its way, or no supervisor is there to hear it. */
    sayLast: (message: FromService) =>
      new Promise<void>((resolve) => {
        if (line === undefined) resolve();
        else writeLine(line, message, resolve);
      }),
  };
};
