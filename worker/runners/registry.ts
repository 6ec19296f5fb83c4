import type { HostedWorker } from '../../domain/model/process.ts';
import { commandRunner } from './command.ts';
import { eventRunner } from './event.ts';
import { handlerRunner } from './handler.ts';
import { instantRunner } from './instant.ts';
import type { Runner, RunnerTools } from './runner.ts';

type Kind = HostedWorker['kind'];
type RunnerFor<Spec> = (spec: Spec, tools: RunnerTools) => Runner;

/** Every kind of worker that runs in a host; the compiler names one that is missing. */
const runners: { readonly [K in Kind]: RunnerFor<Extract<HostedWorker, { kind: K }>> } = {
  handler: handlerRunner,
  command: commandRunner,
  event: eventRunner,
  identity: () => instantRunner(0),
  failing: ({ times = Infinity }) => instantRunner(times),
};

/** The runner that a process's entry asks for. */
export const runnerFor = (spec: HostedWorker, tools: RunnerTools): Runner =>
  (runners[spec.kind] as RunnerFor<HostedWorker>)(spec, tools);
