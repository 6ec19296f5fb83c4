import { missedPolicies, overlapPolicies } from './process.ts';
import { qualifiers } from '../time/qualifier.ts';
import type {
  BaseOptions,
  ContextOptions,
  DaemonProcess,
  DaemonProcessOptions,
  DeclaredTrigger,
  Dependency,
  DependencyOptions,
  EntryOptions,
  FreerunOptions,
  FreerunProcess,
  FreerunProcessOptions,
  ManagedOptions,
  ManagedProcess,
  ManagedProcessOptions,
  Mapping,
  ProcessContext,
  ProcessEntry,
  RetentionOptions,
  RetryOptions,
  Tree,
  TreeOptions,
  UnitOptions,
  WorkerSpec,
} from './process.ts';
import {
  anyText,
  checkKeys,
  duration,
  fields,
  flag,
  invalidContext,
  jsonObject,
  listOf,
  oneOf,
  optional,
  text,
  unexpected,
  whole,
  withDefault,
} from './option-reader.ts';
import type { Fields, OptionReader, Shape, ShapeOf } from './option-reader.ts';
import { splitWorker, workerKeys } from './worker-option.ts';

// The builders read the form of options and fill in the defaults that `process.ts` documents; whether all of
// them make sense together is for `validateContext` to say.

const retry = fields({
  delay: withDefault(duration, '30s'),
  maxDelay: withDefault(duration, '15m'),
  maxAttempts: withDefault(whole, 100),
} satisfies ShapeOf<RetryOptions>);

const retention = fields({
  ttlDays: optional(whole),
  keepUnits: optional(whole),
} satisfies ShapeOf<RetentionOptions>);

const base = {
  name: text,
  description: withDefault(anyText, ''),
  arguments: withDefault(jsonObject, {}),
  presentOnBoxes: withDefault(listOf(text), ['*']),
} satisfies ShapeOf<BaseOptions>;

const unit = {
  ...base,
  concurrency: withDefault(whole, 1),
  timeLimit: optional(duration),
  retry: withDefault(retry, {}),
  retention: optional(retention),
} satisfies ShapeOf<UnitOptions>;

const offset: OptionReader<number | readonly [number, number]> = (value, where) => {
  if (!Array.isArray(value)) return whole(value, where);
  const [first, last, ...more] = listOf(whole)(value, where);
  if (first === undefined || last === undefined || more.length > 0) {
    throw unexpected(where, 'two whole numbers [first, last]', value);
  }
  return Object.freeze([first, last] as const);
};

const mapping: OptionReader<Mapping> = (value, where) =>
  typeof value === 'string'
    ? oneOf('same', 'contained', 'containing')(value, where)
    : fields({ offset })(value, where);

const dependencyFields = fields({
  process: text,
  mapping: withDefault(mapping, 'same'),
  atLeast: optional(whole),
} satisfies ShapeOf<DependencyOptions>);

const dependency: OptionReader<Dependency> = (value, where) =>
  dependencyFields(typeof value === 'string' ? { process: value } : value, where);

const managed = {
  ...unit,
  qualifier: oneOf(...qualifiers),
  grouping: withDefault(whole, 1),
  strategy: withDefault(oneOf('discrete', 'continuous', 'recomputing'), 'discrete'),
  blocking: withDefault(oneOf('normal', 'dependencies', 'children'), 'normal'),
  trigger: withDefault(text, 'every 10s'),
  startLag: withDefault(duration, '5m'),
  ordered: withDefault(flag, false),
  on: withDefault(flag, true),
  dependsOn: withDefault(listOf(dependency), []),
  source: optional(text),
  sink: optional(text),
  emptySource: withDefault(oneOf('noop', 'skip'), 'skip'),
} satisfies ShapeOf<ManagedOptions>;

const entry = fields({
  name: text,
  trigger: text,
  arguments: withDefault(jsonObject, {}),
  on: withDefault(flag, true),
  overlap: withDefault(oneOf(...overlapPolicies), 'skip'),
  missed: withDefault(oneOf(...missedPolicies), 'last'),
  description: withDefault(anyText, ''),
} satisfies ShapeOf<EntryOptions>);

const freerun = {
  ...unit,
  entries: withDefault(listOf(entry), []),
} satisfies ShapeOf<FreerunOptions>;

const treeFields = fields({
  name: text,
  processes: listOf(text),
  dependsOn: withDefault(listOf(text), []),
  page: optional(text),
  description: withDefault(anyText, ''),
} satisfies ShapeOf<TreeOptions>);

const readTree: OptionReader<Tree> = (value, where) => {
  const read = treeFields(value, where);
  return Object.freeze({ ...read, page: read.page ?? read.name });
};

/** How messages call an object: `managedProcess('SiteHourly')`. */
const call = (builder: string, options: { readonly name?: unknown } | null | undefined): string =>
  typeof options?.name === 'string' ? `${builder}('${options.name}')` : `${builder}()`;

const read = <S extends Shape>(
  builder: string,
  shape: S,
  options: DaemonProcessOptions,
): Fields<S> & { worker: WorkerSpec } => {
  const where = call(builder, options);
  const checked = checkKeys(options, [...Object.keys(shape), ...workerKeys], where);
  const { worker, rest } = splitWorker(checked, where);
  return { ...fields(shape)(rest, where), worker };
};

/** Registers a process with one job per timeperiod. Throws INVALID_CONTEXT when an option cannot be read. */
export const managedProcess = (options: ManagedProcessOptions): ManagedProcess => {
  const { dependsOn, ...rest } = read('managedProcess', managed, options);
  return Object.freeze({ kind: 'managed', ...rest, dependencies: dependsOn });
};

/** Registers a process that is fired by schedules or by hand. Throws INVALID_CONTEXT. */
export const freerunProcess = (options: FreerunProcessOptions): FreerunProcess =>
  Object.freeze({ kind: 'freerun', ...read('freerunProcess', freerun, options) });

/** Registers a long-lived process. Throws INVALID_CONTEXT. */
export const daemonProcess = (options: DaemonProcessOptions): DaemonProcess => {
  const rest = read('daemonProcess', base, options);
  return Object.freeze({ kind: 'daemon', ...rest, concurrency: 1, retry: retry({}, 'retry') });
};

/** Registers a timetable tree. Throws INVALID_CONTEXT. */
export const tree = (options: TreeOptions): Tree => readTree(options, call('tree', options));

const processEntry: OptionReader<ProcessEntry> = (value, where) => {
  const { kind } = (value ?? {}) as Partial<ProcessEntry>;
  if (kind === 'managed' || kind === 'freerun' || kind === 'daemon') return value as ProcessEntry;
  const builders = 'managedProcess(), freerunProcess() or daemonProcess()';
  throw invalidContext(`${where}: expected what ${builders} returns`);
};

const declaredTrigger: OptionReader<DeclaredTrigger> = (value, where) => {
  if (((value ?? {}) as Partial<DeclaredTrigger>).kind === 'event-trigger') return value as DeclaredTrigger;
  throw invalidContext(`${where}: expected what eventTrigger() returns`);
};

const contextFields = fields({
  processes: listOf(processEntry),
  trees: withDefault(listOf(readTree), []),
  eventTriggers: optional(listOf(declaredTrigger)),
} satisfies ShapeOf<ContextOptions>);

/** Everything that is registered: what `process_context.ts` exports. Throws INVALID_CONTEXT. */
export const defineContext = (options: ContextOptions): ProcessContext =>
  contextFields(options, 'defineContext()');

/**
 * The same context with every path that is relative to the context file put through `resolve`: modules of
 * handlers and working folders of commands, save those on another host.
 */
export const withResolvedPaths = (
  context: ProcessContext,
  resolve: (path: string) => string,
): ProcessContext =>
  Object.freeze({
    ...context,
    processes: Object.freeze(
      context.processes.map((process) =>
        Object.freeze({ ...process, worker: Object.freeze(resolved(process.worker, resolve)) }),
      ),
    ),
  });

const resolved = (worker: WorkerSpec, resolve: (path: string) => string): WorkerSpec => {
  if (worker.kind === 'handler') return { ...worker, module: resolve(worker.module) };
  if (worker.kind === 'command' && worker.host === undefined) return { ...worker, cwd: resolve(worker.cwd) };
  return worker;
};
