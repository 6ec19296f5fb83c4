import type { DataStore } from '../db/store.ts';
import type { ChildMessage, HostMessage } from './child-message.ts';
import { createCaller } from './handler-call.ts';
import type { HandlerCall, LoadModule } from './handler-call.ts';
import { errorLine, errorStack } from './error-text.ts';
import { readHandlerResult } from './outcome.ts';

type Ask = (method: keyof DataStore, parameters: readonly unknown[]) => Promise<unknown>;

const dataThrough = (ask: Ask): DataStore => ({
  appendRows: (...parameters) => ask('appendRows', parameters) as ReturnType<DataStore['appendRows']>,
  extent: (...parameters) => ask('extent', parameters) as ReturnType<DataStore['extent']>,
  rows: (...parameters) => ask('rows', parameters) as ReturnType<DataStore['rows']>,
  setWatermark: (...parameters) => ask('setWatermark', parameters) as ReturnType<DataStore['setWatermark']>,
  watermark: (...parameters) => ask('watermark', parameters) as ReturnType<DataStore['watermark']>,
  replaceDocuments: (...parameters) =>
    ask('replaceDocuments', parameters) as ReturnType<DataStore['replaceDocuments']>,
  documents: (...parameters) => ask('documents', parameters) as ReturnType<DataStore['documents']>,
});

/**
 * Body of the child process of `isolation: 'process'`: makes the one call the host sends, then exits. Everything a
 * handler asks for goes through the host. Without the host there is nobody to work for.
 */
export const serveHandler = (loadModule: LoadModule): void => {
  const abort = new AbortController();
  const open = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let asked = 0;
  const send = (message: ChildMessage, sent?: () => void): void =>
    void process.send?.(message, undefined, undefined, sent);
  const ask: Ask = (method, parameters) =>
    new Promise((resolve, reject) => {
      open.set(++asked, { resolve, reject });
      send({ type: 'data', id: asked, method, parameters });
    });
  const perform = async (call: HandlerCall): Promise<ChildMessage> => {
    try {
      const result = await createCaller(loadModule)(call, {
        signal: abort.signal,
        log: (line) => send({ type: 'log', line }),
        progress: (done, total) => send({ type: 'progress', done, total }),
        data: dataThrough(ask),
      });
      return { type: 'ended', outcome: readHandlerResult(result) };
    } catch (error) {
      return { type: 'threw', line: errorLine(error), stack: errorStack(error) };
    }
  };

  process.once('disconnect', () => process.exit(1));
  process.on('message', (message: HostMessage) => {
    if (message.type === 'call') {
      void perform(message.call).then((answer) => send(answer, () => process.exit(0)));
    } else if (message.type === 'abort') {
      abort.abort(new Error(message.reason));
    } else {
      const { id, value, error } = message;
      if (error === undefined) open.get(id)?.resolve(value);
      else open.get(id)?.reject(new Error(error));
      open.delete(id);
    }
  });
};
