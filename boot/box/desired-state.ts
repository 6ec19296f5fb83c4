import type { Settings } from '../../settings.ts';
import { putFact } from '../../db/collections.ts';
import { desiredStateFact } from '../../supervisor/ipc/message.ts';
import type { DesiredState } from '../../supervisor/ipc/message.ts';
import { withStore } from '../adapters.ts';

/** Tells the supervisor of this box, now or when it comes up, what people want of a service. */
export const setDesiredState = (
  settings: Settings,
  service: string,
  state: Omit<DesiredState, 'at'>,
): Promise<void> =>
  withStore(settings, (store) =>
    putFact(store, desiredStateFact(settings.boxId, service), { ...state, at: Date.now() }),
  );
