import type { Settings } from '../../settings.ts';
import { wishFact } from '../../supervisor/ipc/message.ts';
import type { Wish } from '../../supervisor/ipc/message.ts';
import { withStore } from '../adapters.ts';

/** Tells the supervisor of this box, now or when it comes up, what people want of a unit. */
export const makeWish = (settings: Settings, unit: string, wish: Omit<Wish, 'at'>): Promise<void> =>
  withStore(settings, (store) => store.putFact(wishFact(settings.boxId, unit), { ...wish, at: Date.now() }));
