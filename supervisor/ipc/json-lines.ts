import type { Socket } from 'node:net';

/** Sends a value as one line; `sent` is called when the system has it, or never will. */
export const writeLine = (socket: Socket, value: object, sent: () => void = () => undefined): void => {
  socket.write(`${JSON.stringify(value)}\n`, sent);
};

/** Hears every line of the other side; one that speaks no JSON is hung up on. */
export const readLines = (socket: Socket, hear: (value: unknown) => void): void => {
  let rest = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      let value: unknown;
      try {
        value = JSON.parse(line);
      } catch {
        socket.destroy();
        return;
      }
      hear(value);
    }
  });
};
