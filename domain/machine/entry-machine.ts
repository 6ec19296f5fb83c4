/** Every state of a freerun entry. */
export const entryStates = ['ON', 'OFF', 'REMOVED'] as const;

/** State of a freerun entry: whether its schedule fires, and whether it is kept for its history alone. */
export type EntryState = (typeof entryStates)[number];

/** Events after which an entry is on or off as before: `owe` and `drop` are firings that its overlap policy put off or left out. */
const within = ['change', 'fire', 'owe', 'drop', 'set-back'] as const;

/** What may happen to a freerun entry. */
export type EntryEvent = (typeof within)[number] | 'create' | 'switch-on' | 'switch-off' | 'remove';

export const entryState = ({ on, removed }: { on: boolean; removed: boolean }): EntryState =>
  removed ? 'REMOVED' : on ? 'ON' : 'OFF';

/** Whether an event leads from one state to the other; from null: there was no entry. */
export const isEntryEdge = (from: EntryState | null, event: EntryEvent, to: EntryState): boolean => {
  const isThere = from === 'ON' || from === 'OFF';
  switch (event) {
    case 'create':
      return !isThere && to !== 'REMOVED';
    case 'switch-on':
      return from === 'OFF' && to === 'ON';
    case 'switch-off':
      return from === 'ON' && to === 'OFF';
    case 'remove':
      return isThere && to === 'REMOVED';
    default:
      return isThere && (within as readonly string[]).includes(event) && from === to;
  }
};
