import type { Settings } from '../settings.ts';
import { wishFact } from '../supervisor/message.ts';
import type { Wish } from '../supervisor/message.ts';
import { openGround } from './ground.ts';

/** Tells the supervisor of this box, now or when it comes up, what people want of a unit. */
export const makeWish = async (settings: Settings, unit: string, wish: Omit<Wish, 'at'>): Promise<void> => {
  const ground = await openGround(settings);
  try {
    await ground.store.putFact(wishFact(settings.boxId, unit), { ...wish, at: ground.clock.now() });
  } finally {
    await ground.close();
  }
};
