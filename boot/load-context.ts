import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { SynergyError } from '../domain/errors.ts';
import { eventsProcess } from '../domain/event/process.ts';
import { withResolvedPaths } from '../domain/model/define.ts';
import type { ProcessContext, ProcessEntry } from '../domain/model/process.ts';
import { validateContext } from '../domain/model/validate.ts';
import { plural } from '../domain/plural.ts';
import type { Settings } from '../settings.ts';
import { loadModule } from './load-module.ts';
import { moduleFault } from './module-fault.ts';
import { packageRoot } from '../lib/package-info.ts';

const names = ['process_context.ts', 'process_context.js', 'process_context.mjs'] as const;
const compiled = !import.meta.url.endsWith('.ts');
const demoSuite = fileURLToPath(new URL(`../process_context.${compiled ? 'js' : 'ts'}`, import.meta.url));
/** In the folder of the package itself the suite's source is "the working folder's": run what was compiled of it. */
const demoSource = join(packageRoot, 'process_context.ts');

const refuse = (message: string, cause?: unknown): SynergyError =>
  new SynergyError('INVALID_CONTEXT', message, { cause });

const named = (file: string): string => {
  if (existsSync(file)) return file;
  throw refuse(`context file '${file}' does not exist: expected a .ts, .js or .mjs file`);
};

/** The file that registers the processes: as set, else the working folder's, else the demo suite. */
export const contextFile = ({ demo, context }: Settings, folder: string): string => {
  if (demo) return demoSuite;
  const here = names.map((name) => join(folder, name)).find((path) => existsSync(path));
  const file = context === undefined ? here : named(context);
  return file === undefined || file === demoSource ? demoSuite : file;
};

const importContext = async (file: string): Promise<unknown> => {
  try {
    // The package's own suite needs no loader, compiled or not.
    return file === demoSuite ? await import('../process_context.ts') : await loadModule(file);
  } catch (error) {
    if (error instanceof SynergyError) throw error;
    throw refuse(`context cannot be loaded: ${(error as Error).message}`, error);
  }
};

const idleSettings = ({ accessLog }: Settings, isDemo: boolean): string[] =>
  accessLog === undefined || isDemo ? [] : ['setting accessLog is for the demo suite and does nothing here'];

/** What the context declares of event triggers, and no scheduler will plan. */
const idleTriggers = ({ events }: Settings, { eventTriggers = [] }: ProcessContext): string[] =>
  events || eventTriggers.length === 0
    ? []
    : [
        `the context declares ${plural(eventTriggers.length, 'event trigger')}, which no scheduler plans: set 'events' to true`,
      ];

/** Runs what reads the context further; what is wrong with that is said of the file. */
const within = <T>(file: string, read: () => T): T => {
  try {
    return read();
  } catch (error) {
    throw moduleFault(error, pathToFileURL(file).href);
  }
};

const isContext = (value: unknown): value is ProcessContext => {
  const { processes, trees } = (value ?? {}) as Partial<ProcessContext>;
  return Array.isArray(processes) && Array.isArray(trees);
};

/** What the settings add to the processes that a context declares. */
export const builtInProcesses = ({ events, eventConcurrency, eventTtlDays }: Settings): ProcessEntry[] =>
  events ? [eventsProcess(eventConcurrency, eventTtlDays)] : [];

/** What a context declares, and what the settings add to it. */
const withBuiltIn = ({ processes, ...rest }: ProcessContext, settings: Settings): ProcessContext => ({
  ...rest,
  processes: [...processes, ...builtInProcesses(settings)],
});

/**
 * Loads and checks the processes and trees to run. A context may also be a function that makes one of the settings.
 * Relative paths in it begin at its file. Throws `INVALID_CONTEXT`.
 */
export const loadContext = async (settings: Settings, folder = process.cwd()) => {
  const file = contextFile(settings, folder);
  const exported = ((await importContext(file)) as { default?: unknown }).default;
  const made = within<unknown>(file, () =>
    typeof exported === 'function' ? (exported as (given: Settings) => unknown)(settings) : exported,
  );
  if (!isContext(made)) {
    throw refuse(`context file '${file}' exports no context: expected 'export default defineContext({ … })'`);
  }
  const declared = withResolvedPaths(made, (path) =>
    path.startsWith('file:') ? path : resolve(dirname(file), path),
  );
  const context = withBuiltIn(declared, settings);
  const isDemo = file === demoSuite;
  const { warnings } = within(file, () => validateContext(context));
  return {
    context,
    /** Absolute path it came from. */
    file,
    /** Whether that is the built-in demo suite. */
    isDemo,
    /** What is allowed and probably not meant, one line each. */
    warnings: [...warnings, ...idleSettings(settings, isDemo), ...idleTriggers(settings, context)],
  };
};

/** A context, ready to run. */
export type LoadedContext = Awaited<ReturnType<typeof loadContext>>;
