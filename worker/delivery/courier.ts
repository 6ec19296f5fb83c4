import type { Clock } from '../../domain/clock.ts';
import type { Parcel } from '../../domain/event/envelope.ts';
import type { Receipt } from '../../domain/event/verdict.ts';
import type { Stopwatch } from '../../lib/stopwatch.ts';
import type { CommandTools } from '../commands.ts';

/** Told what is sent. */
export type Sending = (line: string, headers?: Readonly<Record<string, string>>) => void;

/** Takes parcels to targets, over one protocol or several. */
export interface Courier {
  /**
   * Makes one attempt to deliver a parcel. Whatever the target does is a receipt; rejects only with the reason of a signal
   * that aborts, and with `STOPPED` once closed. `sending` is told what is sent, in one line, before it is, and its
   * headers; where nothing is, it is not called.
   */
  deliver(parcel: Parcel, signal: AbortSignal, sending: Sending): Promise<Receipt>;
  /** Ends all connections; what is under way fails. Again is fine. */
  close(): Promise<void>;
}

/** What couriers are made with. */
export interface CourierOptions {
  readonly clock: Clock;
  readonly stopwatch: Stopwatch;
  /** With which commands are left: targets within this installation. */
  readonly scheduler: CommandTools;
  /** Deliveries at once, of which one origin may have a quarter. */
  readonly slots: number;
  /** Hosts, addresses and networks (CIDR) that may be called although they are not public, on all of their ports. */
  readonly allow: readonly string[];
  /** Brokers and how they are entered, each as `scheme://user:password@host:port?options#name`. */
  readonly connections?: readonly string[];
  /** Address of a proxy that all HTTP goes through. */
  readonly proxy?: string | undefined;
}

/** Of an attempt that failed: another one may fare better. */
export const retryLater = (summary: string): Receipt => ({ ok: false, retry: true, summary });

/** Of an attempt that failed as every other would. */
export const hopeless = (summary: string): Receipt => ({ ok: false, retry: false, summary });
