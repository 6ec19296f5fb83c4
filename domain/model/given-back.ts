/** Reason of a worker that gives back a unit whose claim was never answered: an attempt that nobody ran. */
export const givenBack = 'given back: its worker does not know of it';
