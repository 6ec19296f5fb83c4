/**
 * The public interface of the package: what people's `process_context.ts` and handlers import. The one file that
 * only re-exports.
 */
export { defineContext, daemonProcess, freerunProcess, managedProcess, tree } from './domain/model/define.ts';
export { eventTrigger } from './domain/event/define-trigger.ts';
export type {
  BaseOptions,
  BlockingType,
  CommandOptions,
  ContextOptions,
  DaemonProcess,
  DaemonProcessOptions,
  DeclaredTrigger,
  Dependency,
  DependencyOptions,
  DurationOption,
  EntryOptions,
  EventRetryOptions,
  EventTargetOptions,
  EventTriggerOptions,
  ExternalOptions,
  FailingOptions,
  FreerunEntry,
  FreerunProcess,
  FreerunProcessOptions,
  HandlerOptions,
  IdentityOptions,
  Json,
  JsonObject,
  ManagedProcess,
  ManagedProcessOptions,
  Mapping,
  OverlapPolicy,
  ProcessContext,
  ProcessEntry,
  RetryOptions,
  RetryPolicy,
  StrategyName,
  Tree,
  TreeOptions,
  WorkerOptions,
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
