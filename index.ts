/**
 * The public interface of the package: what people's `process_context.ts` and handlers import. The one file that
 * only re-exports.
 */
export { defineContext, daemonProcess, freerunProcess, managedProcess, tree } from './domain/model/define.ts';
export type {
  BaseOptions,
  CommandOptions,
  ContextOptions,
  DaemonProcessOptions,
  DependencyOptions,
  DurationOption,
  EntryOptions,
  ExternalOptions,
  FailingOptions,
  FreerunProcessOptions,
  HandlerOptions,
  IdentityOptions,
  ManagedProcessOptions,
  RetryOptions,
  TreeOptions,
  WorkerOptions,
} from './domain/model/options.ts';
export type {
  BlockingType,
  DaemonProcess,
  Dependency,
  FreerunEntry,
  FreerunProcess,
  Json,
  JsonObject,
  ManagedProcess,
  Mapping,
  OverlapPolicy,
  ProcessContext,
  ProcessEntry,
  RetryPolicy,
  StrategyName,
  Tree,
  WorkerSpec,
} from './domain/model/process.ts';
export type { Qualifier } from './domain/time/qualifier.ts';
export type { Timeperiod } from './domain/time/timeperiod.ts';
export { SynergyError, errorCodes } from './domain/errors.ts';
export type { HandlerUow } from './domain/model/handler-uow.ts';
export type { ErrorCode } from './domain/errors.ts';
export type { DataStore, Extent, IdRange, SinkDocument, SourceRow, TimeperiodRange } from './db/store.ts';
export type {
  DaemonContext,
  DaemonHandler,
  Handler,
  HandlerContext,
  HandlerResult,
} from './worker/handler.ts';
