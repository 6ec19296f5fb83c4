import { z } from 'zod';
import { entryStates } from '../../domain/machine/entry-machine.ts';
import { jobStates } from '../../domain/machine/job-machine.ts';
import { uowStates } from '../../domain/machine/uow-machine.ts';
import { missedPolicies, overlapPolicies } from '../../domain/model/process.ts';
import { standings } from '../../domain/timetable/standing.ts';

/*
 * What endpoints answer with, for those who read the answers: a later version may add fields. A schema with an id stands
 * under it in the OpenAPI document. Instants are milliseconds since 1970, UTC.
 */

const text = z.string();
const textOrNull = text.nullable();
const whole = z.number().int();
const wholeOrNull = whole.nullable();
const instant = whole.describe('Milliseconds since 1970, UTC.');
const instantOrNull = instant.nullable();
const object = z.record(text, z.unknown());

const jobKey = { processName: text, timeperiod: text.describe('YYYYMMDDHH, UTC.') };
const state = z.enum(jobStates);
const standing = z
  .enum(standings)
  .describe('The state, or how the unit of work in charge has failed.')
  .meta({ id: 'Standing' });
const counts = z
  .object(Object.fromEntries(standings.map((name) => [name, whole])))
  .describe('Jobs by standing.')
  .meta({ id: 'Counts' });

/** One job of the timetable. */
export const node = z
  .object({
    ...jobKey,
    tree: text,
    qualifier: text,
    state,
    standing,
    version: whole,
    redo: z.boolean(),
    childCount: whole,
    counts: counts.optional(),
    uow: z.enum(uowStates).optional(),
  })
  .meta({ id: 'Job' });

const blocker = z
  .object({
    ...jobKey,
    kind: text,
    state,
    standing,
    until: instant.optional(),
    since: instant.optional(),
    detail: text.optional(),
    command: text.optional(),
    unit: text.optional(),
  })
  .meta({ id: 'Blocker' });

/** Why a job is not further. */
export const explanation = z
  .object({
    ...jobKey,
    ...{ state, standing, summary: text },
    blockers: z.array(blocker),
    roots: z.array(blocker).describe('At the end of the chain: what a person mends or waits for.'),
  })
  .meta({ id: 'Explanation' });

/** A unit of work. */
export const uow = z
  .object({
    id: text,
    kind: z.enum(['managed', 'freerun']),
    processName: text,
    entryName: textOrNull,
    ...{ timeperiod: text, sequence: whole, startTimeperiod: text, endTimeperiod: text },
    ...{ startId: wholeOrNull, endId: wholeOrNull },
    state: z.enum(uowStates),
    standing: text,
    ...{ version: whole, attempt: whole, token: z.null().describe('Told to its worker alone.') },
    lease: z.object({ owner: text, expiresAt: instant }).nullable(),
    ...{ source: textOrNull, sink: textOrNull, arguments: object },
    ...{ createdAt: instant, submittedAt: instant, notBefore: instantOrNull },
    ...{ startedAt: instantOrNull, finishedAt: instantOrNull },
    ...{ processed: whole, aggregated: whole, crashes: whole },
    ...{ retryAt: instantOrNull, error: textOrNull },
    progress: z.object({ done: z.number(), total: z.number() }).nullable(),
    released: z.object({ attempt: whole, at: instant }).nullable(),
  })
  .meta({ id: 'UnitOfWork' });

/** A row of the journal. */
export const transition = z
  .object({
    sequence: whole,
    entityKind: z.enum(['job', 'uow', 'entry']),
    entityId: text,
    version: whole,
    from: z.enum([...new Set([...jobStates, ...uowStates, ...entryStates])]).nullable(),
    to: z.enum([...new Set([...jobStates, ...uowStates, ...entryStates])]),
    ...{ event: text, at: instant, actor: text, reason: textOrNull, epoch: whole, attempt: whole },
  })
  .meta({ id: 'Transition' });

/** A command and what became of it. */
export const command = z
  .object({
    ...{ id: text, kind: text, arguments: object },
    ...{ processName: textOrNull, belongsTo: textOrNull, entity: textOrNull },
    ...{ actor: text, reason: textOrNull, createdAt: instant },
    state: z.enum(['open', 'done', 'refused']),
    finishedAt: instantOrNull,
    result: object.nullable(),
  })
  .meta({ id: 'Command' });

/** A secret that signs messages, as who has it made is told of it. */
export const rotatedSecret = command
  .extend({ secret: text.describe('Told this once: it is stored sealed.') })
  .meta({ id: 'RotatedSecret' });

/** A secret that headers of event triggers may name. */
export const namedSecret = z
  .object({
    ...{ owner: text, name: text },
    fingerprint: text.describe('Another one for another secret.'),
    ...{ createdAt: instant, updatedAt: instant },
  })
  .meta({ id: 'TriggerSecret' });

/** A cascade before it is carried out. */
export const plan = z
  .object({
    kind: z.enum(['reprocess', 'skip']),
    target: z.object(jobKey),
    steps: z.array(
      z.object({ ...jobKey, from: state, to: state, standing, version: whole, cancelsUow: z.boolean() }),
    ),
    hash: text.describe('Goes into the command: another plan is refused with PLAN_CHANGED.'),
  })
  .meta({ id: 'Plan' });

const process = z
  .looseObject({ name: text, kind: z.literal('managed'), qualifier: text, strategy: text, blocking: text })
  .describe('As the context declares it.')
  .meta({ id: 'Process' });

/** A managed process, as it is switched and how it stands. */
export const managed = z
  .object({
    ...{ process, tree: text, on: z.boolean(), trigger: text, arguments: object },
    ...{ nextFires: z.array(instant), counts, running: whole, oldestUnfinished: textOrNull },
    queueDepth: z.object({ ready: whole, taken: whole }).nullable(),
  })
  .meta({ id: 'ManagedProcess' });

/** A tree of the timetable. */
export const tree = z
  .object({
    ...{ name: text, page: text, description: text, dependsOn: z.array(text) },
    processes: z.array(z.object({ name: text, qualifier: text, counts })),
  })
  .meta({ id: 'Tree' });

/** A job with all around it. */
export const job = z
  .object({
    node,
    process,
    parent: node.optional(),
    ...{ children: z.array(node), dependencies: z.array(node), dependants: z.array(node) },
    record: z
      .object({
        ...{ ...jobKey, state, version: whole, relatedUow: textOrNull, uowCount: whole },
        ...{ failures: whole, redo: z.boolean(), consumed: z.record(text, whole).nullable() },
      })
      .optional(),
    explanation,
    transitions: z.array(transition).describe('The latest hundred.'),
    uows: z.array(uow).describe('The latest hundred.'),
    interval: z.object({ start: instant, end: instant }),
  })
  .meta({ id: 'JobView' });

const entryFields = {
  ...{ processName: text, entryName: text, trigger: text, arguments: object, on: z.boolean() },
  ...{ overlap: z.enum(overlapPolicies), missed: z.enum(missedPolicies), description: text },
  origin: z.enum(['context', 'user']),
  ...{ lastFiredAt: instantOrNull, seenUntil: instantOrNull, relatedUow: textOrNull },
  ...{ buffered: z.boolean(), owedArguments: object.nullable(), removed: z.boolean(), version: whole },
  ...{ createdAt: instant, updatedAt: instant, nextFires: z.array(instant) },
  lastUow: uow.nullable(),
};
/** An entry of a freerun process. */
export const entry = z.object(entryFields).meta({ id: 'Entry' });
/** An entry with who does its work. */
export const entryView = z
  .object({ ...entryFields, worker: z.looseObject({ kind: text }).nullable() })
  .meta({ id: 'EntryView' });

/** A line of captured output. */
export const logLine = z
  .object({
    ...{ parentId: text, sequence: whole, attempt: whole, at: instant },
    stream: z.enum(['stdout', 'stderr', 'log']),
    line: text,
  })
  .meta({ id: 'LogLine' });

/** A report that came too late or from a replaced worker. */
export const rejected = z
  .object({
    ...{ sequence: whole, id: text, attempt: whole, token: z.null(), event: text },
    ...{ processed: whole, aggregated: whole, error: textOrNull, retryAt: instantOrNull },
    ...{ at: instant, owner: text, because: text, earlier: whole },
  })
  .meta({ id: 'RejectedReport' });

const box = z
  .object({
    ...{ boxId: text, unit: text, desired: z.enum(['on', 'off']) },
    actual: z.enum(['running', 'stopped', 'failed', 'backing-off']),
    ...{ pid: wholeOrNull, startedAt: instantOrNull, restarts: whole, lastExit: textOrNull },
    ...{ rssBytes: wholeOrNull, cpuPercent: z.number().nullable(), updatedAt: instant },
  })
  .meta({ id: 'Box' });

export const member = z
  .object({
    ...{ id: text, box: text, does: z.enum(['schedule', 'work']), since: instant },
    facts: z.object({
      ...{ version: text, service: text, context: text.optional() },
      ...{ leads: z.boolean().optional(), processes: z.array(text).optional() },
    }),
  })
  .meta({ id: 'Member' });

/** How all stands. */
export const overview = z
  .object({
    ...{ timetableNow: instant, now: instant, startedAt: instant, store: text, queue: text },
    standbyAge: whole
      .optional()
      .describe('Of a scheduler that stands by: how old its timetable is, in milliseconds.'),
    size: z.looseObject({ bytes: whole, growthPerDay: z.number().nullable() }),
    jobs: counts,
    uows: z.object(Object.fromEntries(uowStates.map((name) => [name, whole]))),
    ...{ quarantined: whole, finishedLastMinute: whole, finishedLastHour: whole },
    boxes: z.array(box),
    collector: z.looseObject({ at: instant, ms: z.number() }).nullable(),
    ...{ attention: z.array(uow), attentionTotal: whole },
    housekeeping: z.array(z.looseObject({ task: text, at: instant, failure: textOrNull })),
    standstills: z.array(z.looseObject({ processes: z.array(text) })),
    blocked: z.array(explanation),
  })
  .meta({ id: 'Overview' });

/** What a worker of an external process must know. */
export const terms = z
  .object({ processName: text, queue: text, lease: whole.describe('Milliseconds.') })
  .meta({ id: 'WorkerTerms' });

const order = z
  .object({
    ...{ id: text, processName: text, entryName: textOrNull, timeperiod: text },
    ...{ startTimeperiod: text, endTimeperiod: text, startId: wholeOrNull, endId: wholeOrNull },
    ...{ source: textOrNull, sink: textOrNull, arguments: object, attempt: whole, token: text },
  })
  .meta({ id: 'WorkOrder' });
/** Units that a worker has won. */
export const orders = z.object({ units: z.array(order) });
/** Units that a worker still holds. */
export const heldUnits = z.object({ ids: z.array(text) });
export const verdict = z.object({ verdict: z.enum(['applied', 'rejected']) });
export const logVerdict = z.object({ verdict: z.enum(['applied', 'rejected', 'capped']) });
