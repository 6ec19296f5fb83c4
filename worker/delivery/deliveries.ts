import type { ParcelSecrets } from '../../domain/event/envelope.ts';
import type { EventTrigger } from '../../domain/event/trigger.ts';
import type { Courier } from './courier.ts';

/** What a worker that delivers event triggers is given besides. */
export interface Deliveries {
  readonly courier: Courier;
  /** Name of this installation, as receivers are told it. */
  readonly instance: string;
  /** Rejects with `SECRET_UNREADABLE` for one that cannot be opened here, or is not there. */
  readonly secretsOf: (trigger: EventTrigger) => Promise<ParcelSecrets>;
}
