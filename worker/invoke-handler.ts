import { inspect } from 'node:util';
import { SynergyError } from '../domain/errors.ts';
import type { JsonObject } from '../domain/model/process.ts';
import { didYouMean } from '../domain/did-you-mean.ts';
import { oneLine } from '../domain/one-line.ts';
import type { HandlerUow } from '../domain/model/handler-uow.ts';
import type { DaemonContext, HandlerContext } from './handler.ts';
import { errorLine } from './output/error-text.ts';
import { readHandlerResult } from './reports/outcome.ts';
import type { Outcome } from './reports/outcome.ts';

/** Imports a module by absolute path or file URL, TypeScript included. */
export type LoadModule = (module: string) => Promise<Readonly<Record<string, unknown>>>;

/** Which function to call with what; plain data, as it may have to cross into a child process. */
export interface HandlerCall {
  readonly module: string;
  readonly exportName: string;
  /** Null when a daemon is called. */
  readonly uow: HandlerUow | null;
  readonly token: string;
  readonly traceparent?: string;
  readonly arguments: JsonObject;
}

/** What a handler reaches the outside with. */
export type HandlerSurroundings = Omit<HandlerContext, 'token' | 'traceparent'>;

type HandlerFunction = (...parameters: readonly unknown[]) => unknown;

/** The function that a call names, of what its module exports. Throws `WORKER_FAILED`. */
export const findFunction = (
  exports: Readonly<Record<string, unknown>>,
  call: Pick<HandlerCall, 'module' | 'exportName'>,
): HandlerFunction => {
  const found = exports[call.exportName];
  if (typeof found === 'function') return found as HandlerFunction;
  const others = Object.keys(exports).filter((name) => typeof exports[name] === 'function');
  const offer = others.length === 0 ? 'it exports no function' : `it exports ${others.join(', ')}`;
  throw new SynergyError(
    'WORKER_FAILED',
    `handler module '${call.module}' exports no function '${call.exportName}': ${offer}${didYouMean(call.exportName, others)}`,
  );
};

/** Makes a call. Rejects with `WORKER_FAILED` when there is nothing to call, else with what the handler threw. */
export type CallHandler = (call: HandlerCall, surroundings: HandlerSurroundings) => Promise<Outcome>;

const refuse = (expected: string, given: readonly unknown[]): never => {
  const shown = given.map((one) => inspect(one, { depth: 1, breakLength: Infinity })).join(', ');
  throw new SynergyError('INVALID_ARGUMENT', `${expected}, given ${oneLine(shown)}`);
};

/** The same, refusing what handlers written without a type check may hand over, where they do. */
const checked = ({ log, progress, ...rest }: HandlerSurroundings): HandlerSurroundings => ({
  ...rest,
  log: (line: unknown) =>
    typeof line === 'string'
      ? log(line)
      : refuse('log(line): expected a text, such as String(value)', [line]),
  progress: (done: unknown, total: unknown) =>
    typeof done === 'number' && typeof total === 'number'
      ? progress(done, total)
      : refuse('progress(done, total): expected two numbers', [done, total]),
});

/** A caller that imports every module once. */
export const createCaller = (loadModule: LoadModule): CallHandler => {
  const modules = new Map<string, ReturnType<LoadModule>>();
  const load = async (module: string): ReturnType<LoadModule> => {
    const loading = modules.get(module) ?? loadModule(module);
    modules.set(module, loading);
    try {
      return await loading;
    } catch (error) {
      modules.delete(module);
      throw new SynergyError('WORKER_FAILED', `cannot load handler module '${module}': ${errorLine(error)}`, {
        cause: error,
      });
    }
  };
  return async (call, surroundings) => {
    const { signal, log, progress, data } = checked(surroundings);
    const handler = findFunction(await load(call.module), call);
    let heedless = true;
    const { uow, token, traceparent, arguments: given } = call;
    const context: object = uow
      ? ({ token, ...(traceparent !== undefined && { traceparent }), log, progress, data } satisfies Omit<
          HandlerContext,
          'signal'
        >)
      : ({ arguments: given, log, data } satisfies Omit<DaemonContext, 'signal'>);
    const get = (): AbortSignal => {
      heedless = false;
      return signal;
    };
    Object.defineProperty(context, 'signal', { get, enumerable: true });
    const result = await (uow ? handler(uow, context) : handler(context));
    return { ...readHandlerResult(result), heedless };
  };
};
