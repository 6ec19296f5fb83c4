import { SynergyError } from '../../domain/errors.ts';
import { checkJson, jsonLimits } from '../../domain/model/json-check.ts';
import type { CommandKind, CommandRecord } from '../../domain/model/record.ts';
import type { CommandRequest } from '../api/api.ts';

/** Characters of a reason or a description at most, wherever it is given. */
export const LONGEST_TEXT = 500;

type Shape = 'text' | 'flag' | 'object' | 'overlap' | 'missed';
type Shapes = Readonly<Record<string, Shape>>;

const overlaps: readonly unknown[] = ['skip', 'buffer-one', 'allow', 'cancel-other'];
const missed: readonly unknown[] = ['all', 'last', 'none'];

const fits: Readonly<Record<Shape, (value: unknown) => boolean>> = {
  text: (value) => typeof value === 'string',
  flag: (value) => typeof value === 'boolean',
  object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  overlap: (value) => overlaps.includes(value),
  missed: (value) => missed.includes(value),
};

const job = { must: { processName: 'text', timeperiod: 'text' }, may: { planHash: 'text' } } as const;
const entry = { processName: 'text', entryName: 'text' } as const;
const policies = { overlap: 'overlap', missed: 'missed', description: 'text' } as const;

/** Arguments of every command: those it must have and those it may. */
const shapes: Readonly<Record<CommandKind, { readonly must: Shapes; readonly may: Shapes }>> = {
  reprocess: job,
  skip: job,
  'set-managed': {
    must: { processName: 'text' },
    may: { on: 'flag', trigger: 'text', arguments: 'object' },
  },
  'fire-managed': { must: { processName: 'text' }, may: {} },
  'add-freerun': {
    must: { ...entry, trigger: 'text' },
    may: { arguments: 'object', ...policies },
  },
  'set-freerun': {
    must: entry,
    may: { on: 'flag', trigger: 'text', arguments: 'object', ...policies },
  },
  'remove-freerun': { must: entry, may: {} },
  'fire-freerun': { must: entry, may: {} },
  'cancel-uow': { must: { uowId: 'text' }, may: {} },
  'release-uow': { must: { uowId: 'text' }, may: {} },
};

/**
 * The request a stored command stands for. Commands come from other processes and other versions: one that
 * would fail at every start must be refused. Throws INVALID_ARGUMENT, UNFIT_VALUE.
 */
export const checkedRequest = (record: CommandRecord): CommandRequest => {
  const { id, kind, actor, reason, arguments: args } = record;
  if (!Object.hasOwn(shapes, kind)) {
    const known = Object.keys(shapes).join(', ');
    throw new SynergyError('INVALID_ARGUMENT', `no command is named '${kind}': expected one of ${known}`);
  }
  const { must, may } = shapes[kind];
  for (const [name, shape] of Object.entries({ ...must, ...may })) {
    const value = args[name];
    if (value === undefined && !Object.hasOwn(must, name)) continue;
    if (!fits[shape](value)) {
      const given = value === undefined ? 'nothing' : JSON.stringify(value);
      throw new SynergyError('INVALID_ARGUMENT', `${kind} needs ${name} as ${shape}, given ${given}`);
    }
  }
  if (args['arguments'] !== undefined)
    checkJson(args['arguments'], jsonLimits.arguments, `arguments of ${kind}`);
  return { ...args, id, kind, actor, ...(reason === null ? {} : { reason }) } as unknown as CommandRequest;
};
