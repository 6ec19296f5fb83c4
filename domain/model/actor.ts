/**
 * Who makes a transition, as the journal tells: `scheduler`, `collector`, and of workers and users which one. Workers write
 * under the epoch of their unit, users by commands.
 */
export const workerActor = (owner: string): string => `worker ${owner}`;
export const userActor = (name: string): string => `user ${name}`;

export const isWorkerActor = (actor: string): boolean => actor.startsWith('worker ');
export const isUserActor = (actor: string): boolean => actor.startsWith('user ');
