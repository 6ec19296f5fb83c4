import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { within } from '../../lib/sleep.ts';
import { readLines, writeLine } from './json-lines.ts';
import type { FromService, Hello, ToService } from './message.ts';
import { listenForServices } from './socket-file.ts';

/** Longest wait for the last words of a process that ended, ms. */
const LAST_WORDS = 500;

/** A service that is to call. */
export interface Expected {
  readonly mark: string;
  /** What it is told, unless an earlier supervisor has told it. */
  readonly begin: ToService;
  message(message: FromService): void;
}

/** The supervisor's side of what it and its services have to say to each other. */
export interface IpcServer {
  /** Takes calls from now on. A caller that is not expected is told to stop. */
  open(): Promise<void>;
  expect(service: Expected): void;
  /** Ends what was expected of a service whose process has ended, when its last words are heard. */
  dismiss(mark: string): Promise<void>;
  close(): void;
}

interface Line {
  readonly service: Expected;
  /** Settled when the service has hung up. */
  quiet: Promise<void>;
}

/** The server for the services of a data folder; it listens once it is opened. */
export const createIpcServer = (dataDir: string): IpcServer => {
  const lines = new Map<string, Line>();
  const sockets = new Set<Socket>();
  let unlisten: () => void = () => undefined;

  const greet = (socket: Socket, hello: Partial<Hello> | null): Line | undefined => {
    const line = lines.get(hello?.mark ?? '');
    if (line === undefined) socket.end(`${JSON.stringify({ type: 'stop' } satisfies ToService)}\n`);
    else {
      line.quiet = new Promise((resolve) => socket.once('close', () => resolve()));
      if (hello?.begun !== true) writeLine(socket, line.service.begin);
    }
    return line;
  };
  const answer = (socket: Socket): void => {
    let line: Line | undefined;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
    readLines(socket, (value) => {
      if (line === undefined) line = greet(socket, value as Partial<Hello> | null);
      else line.service.message(value as FromService);
    });
  };
  const server = createServer(answer);

  return {
    open: async () => {
      unlisten = await listenForServices(server, dataDir);
    },
    expect: (service) => void lines.set(service.mark, { service, quiet: Promise.resolve() }),
    dismiss: async (mark) => {
      await within(LAST_WORDS, Promise.resolve(lines.get(mark)?.quiet));
      lines.delete(mark);
    },
    close: () => {
      unlisten();
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
};
