import type {
  CommandOptions,
  ExternalOptions,
  FailingOptions,
  HandlerOptions,
  IdentityOptions,
  WorkerSpec,
} from './process.ts';
import {
  anyText,
  fields,
  invalidContext,
  listOf,
  oneOf,
  optional,
  text,
  whole,
  withDefault,
} from './option-reader.ts';
import type { Options, OptionReader, Shape, ShapeOf } from './option-reader.ts';

/** No user declares who delivers event triggers. */
type WorkerKind = Exclude<WorkerSpec['kind'], 'event'>;

const handler = {
  handler: text,
  export: withDefault(text, 'default'),
  isolation: withDefault(oneOf('host', 'process'), 'host'),
} satisfies ShapeOf<HandlerOptions>;

/** Name of an environment variable that is passed on. A value given with it may be a secret, and is not repeated. */
const variable: OptionReader<string> = (value, where) => {
  const [name = '', ...rest] = text(value, where).split('=');
  if (rest.length === 0) return name;
  throw invalidContext(
    `${where}: expected the name of a variable that is passed on to the command, given '${name}=…': write '${name}', and set its value where the worker is started`,
  );
};

const command = {
  command: listOf(anyText),
  cwd: withDefault(text, '.'),
  env: withDefault(listOf(variable), []),
  host: optional(text),
  logBytes: withDefault(whole, 1_048_576),
} satisfies ShapeOf<CommandOptions>;

const identity = { identity: oneOf(true) } satisfies ShapeOf<IdentityOptions>;

const failing = { failing: fields({ times: optional(whole) }) } satisfies ShapeOf<FailingOptions>;

const external = { external: oneOf(true) } satisfies ShapeOf<ExternalOptions>;

const shapes: Readonly<Record<WorkerKind, Shape>> = { handler, command, identity, failing, external };

const readers: Readonly<Record<WorkerKind, OptionReader<WorkerSpec>>> = {
  handler: (options, where) => {
    const { handler: module, export: exportName, isolation } = fields(handler)(options, where);
    return { kind: 'handler', module, exportName, isolation };
  },
  command: (options, where) => {
    const { command: argv, ...rest } = fields(command)(options, where);
    return { kind: 'command', argv, ...rest };
  },
  identity: (options, where) => {
    fields(identity)(options, where);
    return { kind: 'identity' };
  },
  failing: (options, where) => ({ kind: 'failing', ...fields(failing)(options, where).failing }),
  external: (options, where) => {
    fields(external)(options, where);
    return { kind: 'external' };
  },
};

const kinds = Object.keys(shapes) as WorkerKind[];

/** Every option that says who does the work. */
export const workerKeys: readonly string[] = Object.values(shapes).flatMap((shape) => Object.keys(shape));

/** Reads who does the work out of the options of a process, and gives back the options that are left. */
export const splitWorker = (options: Options, where: string): { worker: WorkerSpec; rest: Options } => {
  const [kind, ...others] = kinds.filter((name) => options[name] !== undefined);
  if (kind === undefined || others.length > 0) {
    const given = kind === undefined ? 'none of them' : [kind, ...others].join(' and ');
    throw invalidContext(`${where}: expected exactly one of ${kinds.join(', ')}, given ${given}`);
  }
  const isWorkerKey = ([key]: [string, unknown]): boolean => workerKeys.includes(key);
  const entries = Object.entries(options);
  const own = entries.filter(isWorkerKey);
  for (const [key] of own) {
    const owner: WorkerKind = kinds.find((name) => Object.hasOwn(shapes[name], key)) ?? kind;
    if (owner !== kind)
      throw invalidContext(`${where}: option '${key}' goes with '${owner}', not with '${kind}'`);
  }
  const worker = readers[kind](Object.fromEntries(own), where);
  return {
    worker: Object.freeze(worker),
    rest: Object.fromEntries(entries.filter((entry) => !isWorkerKey(entry))),
  };
};
