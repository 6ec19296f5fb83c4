import type { DataStore } from '../../db/store.ts';
import { checkJson, jsonLimits } from '../../domain/model/json-check.ts';
import { sendToParent } from '../../lib/os/parent.ts';
import type { ChildMessage, HostMessage } from './protocol.ts';
import { createCaller } from '../invoke-handler.ts';
import type { HandlerCall, LoadModule } from '../invoke-handler.ts';
import { errorLine, errorStack } from '../output/error-text.ts';

type Ask = (method: keyof DataStore, parameters: readonly unknown[]) => Promise<unknown>;

const dataThrough = (ask: Ask): DataStore => ({
  appendRows: (...parameters) => ask('appendRows', parameters) as ReturnType<DataStore['appendRows']>,
  extent: (...parameters) => ask('extent', parameters) as ReturnType<DataStore['extent']>,
  rows: (...parameters) => ask('rows', parameters) as ReturnType<DataStore['rows']>,
  setWatermark: (...parameters) => ask('setWatermark', parameters) as ReturnType<DataStore['setWatermark']>,
  lowerWatermark: (...parameters) =>
    ask('lowerWatermark', parameters) as ReturnType<DataStore['lowerWatermark']>,
  watermark: (...parameters) => ask('watermark', parameters) as ReturnType<DataStore['watermark']>,
  replaceDocuments: (...parameters) =>
    ask('replaceDocuments', parameters) as ReturnType<DataStore['replaceDocuments']>,
  documents: (...parameters) => ask('documents', parameters) as ReturnType<DataStore['documents']>,
});

/** Makes calls one after the other; what a handler left running has nothing to say once it has answered. */
const createPerformer = (loadModule: LoadModule, send: (message: ChildMessage) => void, data: DataStore) => {
  const makeCall = createCaller(loadModule);
  return async (call: HandlerCall, signal: AbortSignal): Promise<void> => {
    let isOver = false;
    const say = (message: ChildMessage): void => {
      if (!isOver) send(message);
      isOver ||= message.type === 'ended' || message.type === 'threw';
    };
    try {
      const outcome = await makeCall(call, {
        signal,
        log: (line) => say({ type: 'log', line }),
        progress: (done, total) => say({ type: 'progress', done, total }),
        data,
      });
      say({ type: 'ended', outcome });
    } catch (error) {
      say({ type: 'threw', line: errorLine(error), stack: errorStack(error) });
    }
  };
};

/**
 * Body of a child process that runs handlers: makes the calls that the host sends, one at a time. Everything a handler
 * asks for goes through the host. Without the host it ends.
 */
export const serveHandler = (loadModule: LoadModule): void => {
  let abort = new AbortController();
  const open = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let asked = 0;
  const send = (message: ChildMessage): void => sendToParent(message);
  const ask: Ask = (method, parameters) =>
    new Promise((resolve, reject) => {
      // The channel to the host writes JSON, with a stack as deep as the value.
      checkJson(parameters, jsonLimits.message, `data.${method}`);
      open.set(++asked, { resolve, reject });
      send({ type: 'data', id: asked, method, parameters });
    });
  const perform = createPerformer(loadModule, send, dataThrough(ask));

  process.once('disconnect', () => process.exit());
  process.on('message', (message: HostMessage) => {
    if (message.type === 'call') {
      abort = new AbortController();
      void perform(message.call, abort.signal);
    } else if (message.type === 'abort') {
      abort.abort(new Error(message.reason));
    } else {
      const { id, value, error } = message;
      if (error === undefined) open.get(id)?.resolve(value);
      else open.get(id)?.reject(new Error(error));
      open.delete(id);
    }
  });
  send({ type: 'ready' });
};
