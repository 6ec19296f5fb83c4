/** Ids of workers end with the start time of their process and the boot of their box: for programs, not for people. */
export const actorText = (actor: string): string => actor.replace(/:\d+@\S+$/, '');
