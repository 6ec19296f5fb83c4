import { setTimeout as sleep } from 'node:timers/promises';

/** Rounds of reading and trying that follow each other at once. */
const PROMPT_ROUNDS = 3;
const LONGEST_PAUSE = 100;

/**
 * Waits a little before a round that follows others which all lost against another writer: what that one wrote may
 * take a moment to be confirmed by a majority, and is not seen before.
 */
export const pauseBefore = async (round: number): Promise<void> => {
  if (round >= PROMPT_ROUNDS) await sleep(Math.min(2 ** (round - PROMPT_ROUNDS), LONGEST_PAUSE));
};
