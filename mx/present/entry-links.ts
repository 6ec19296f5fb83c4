import { isUowFinished } from '../../domain/machine/transition.ts';
import type { FreerunView } from '../../scheduler/api/api.ts';
import { actionPath } from './link.ts';

/** What may be done about a freerun entry. */
export const entryLinks = ({ processName, entryName, on, origin, lastUow }: FreerunView) => {
  const key = { processName, entryName };
  return {
    switch: actionPath('set-freerun', { ...key, on: String(!on) }),
    edit: actionPath('set-freerun', key),
    fire: actionPath('fire-freerun', key),
    /** Undefined for an entry of the context, which is removed there. */
    remove: origin === 'user' ? actionPath('remove-freerun', key) : undefined,
    cancel:
      lastUow === undefined || isUowFinished(lastUow.state)
        ? undefined
        : actionPath('cancel-uow', { uowId: lastUow.id }),
  };
};
