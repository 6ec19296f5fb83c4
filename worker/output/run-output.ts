import { AsyncLocalStorage } from 'node:async_hooks';
import { createLineSplitter } from '../../lib/line-splitter.ts';
import type { LineSplitter } from '../../lib/line-splitter.ts';
import type { LogCapture } from './log-capture.ts';

type Stream = 'stdout' | 'stderr';
type WriteCallback = (error?: Error | null) => void;

/** A run of a handler in this process, as known to all that it calls, also after it has returned. */
interface RunContext {
  /** Is told of an error that nothing caught and that came from it. */
  readonly onError: (error: unknown) => void;
  /** Whether it has ended, or was left behind. */
  readonly isOver: () => boolean;
  readonly output: Readonly<Record<Stream, LineSplitter>>;
}

const runs = new AsyncLocalStorage<RunContext>();

/**
 * Calls a handler of this process: what it prints meanwhile goes to its log, see `redirectOutput`, and errors that
 * nothing catches are told it, also after its end, see `blame`.
 */
export const inRun = async <T>(
  { log, ...fate }: { readonly log: LogCapture } & Pick<RunContext, 'onError' | 'isOver'>,
  call: () => Promise<T>,
): Promise<T> => {
  const splitter = (stream: Stream): LineSplitter => createLineSplitter((line) => log.write(stream, line));
  const output = { stdout: splitter('stdout'), stderr: splitter('stderr') };
  try {
    return await runs.run({ ...fate, output }, call);
  } finally {
    output.stdout.end();
    output.stderr.end();
  }
};

/**
 * For errors that nothing has caught: tells the run of the handler that it came from, or answers false when it came from
 * none, and so is a fault of this process itself.
 */
export const blame = (error: unknown): boolean => {
  const run = runs.getStore();
  if (run) runs.exit(() => run.onError(error));
  return run !== undefined;
};

/**
 * Keeps what a handler left running from ending this process when its run is over, with no run to blame for it:
 * `process.exit` throws there instead, see `blame`. Within a run it ends the process, which is a crash of all that runs.
 * Returns what ends that.
 */
export const guardExit = (): (() => void) => {
  const original = process.exit.bind(process);
  const exit: typeof process.exit = (code) => {
    if (runs.getStore()?.isOver() === true)
      throw new Error(`process.exit(${code ?? ''}), called when its run was over`);
    return original(code);
  };
  process.exit = exit;
  return () => {
    process.exit = original;
  };
};

/** Ends this process, also on behalf of a run that is over. */
export const endProcess = (code: number): void => runs.exit(() => process.exit(code));

const redirect = (name: Stream): (() => void) => {
  const stream = process[name];
  const original = stream.write.bind(stream);
  const write = (
    chunk: string | Uint8Array,
    encoding?: BufferEncoding | WriteCallback,
    callback?: WriteCallback,
  ): boolean => {
    const run = runs.getStore();
    if (run === undefined) return original(chunk, encoding as BufferEncoding, callback);
    const text = typeof chunk === 'string' && typeof encoding === 'string' ? encoding : 'utf8';
    run.output[name].push(typeof chunk === 'string' ? Buffer.from(chunk, text) : Buffer.from(chunk));
    const written = typeof encoding === 'function' ? encoding : callback;
    if (written) process.nextTick(written);
    return true;
  };
  stream.write = write;
  return () => {
    stream.write = original;
  };
};

/**
 * Hands what handlers print in this process (`console.log` and the like) to the log of the run they belong to; all else
 * is printed as before. Returns what ends that.
 */
export const redirectOutput = (): (() => void) => {
  const ends = [redirect('stdout'), redirect('stderr')];
  return () => {
    for (const end of ends) end();
  };
};
