import { messageIdOf } from '../../../domain/event/envelope.ts';
import type { Parcel } from '../../../domain/event/envelope.ts';
import type { EventTarget } from '../../../domain/event/trigger.ts';

const at = Date.UTC(2027, 0, 31, 10, 0, 0);
const trigger = { owner: 'ann@example.org', id: 'bill.run' };
const executionId = `Events:${trigger.owner}/${trigger.id}/20270131100000#1`;

/** A target that says no more than it has to. */
export const targetOf = (more: Partial<EventTarget>): EventTarget => ({
  url: 'https://t.example/hook',
  method: 'POST',
  headers: {},
  format: 'plain',
  query: true,
  eventType: null,
  timeout: 15_000,
  connection: null,
  ...more,
});

/** A parcel of the first attempt, with what a test wants otherwise. */
export const parcelOf = (
  target: Partial<EventTarget> = {},
  more: Partial<Omit<Parcel, 'target'>> = {},
): Parcel => ({
  executionId,
  messageId: messageIdOf(executionId, at),
  instance: 'box-1',
  trigger,
  at,
  expiresAt: at + 90_000,
  attempt: 1,
  occasion: 'schedule',
  payload: { x: 'y' },
  secrets: { signing: [], named: {} },
  ...more,
  target: targetOf(target),
});
