/** A ring of the doorbell. The body is an id and nothing more: the store is the truth. */
export interface Message {
  readonly body: string;
  /** How often it was handed out, this time included. */
  readonly deliveries: number;
  /** The adapter's own handle. */
  readonly receipt: unknown;
}

export interface ConsumerOptions {
  /** A message taken and not acknowledged for so long is handed out again. Milliseconds. */
  readonly visibilityTimeout: number;
  /** After so many deliveries a message goes to `<queue>.dead` instead. */
  readonly maxDeliveries: number;
  /** Most messages taken and not acknowledged at a time. */
  readonly prefetch: number;
}

/** Queue for the messages of `queue` that were delivered too often (dead letters). */
export const deadLetterQueue = (queue: string): string => `${queue}.dead`;

/** Takes messages of one queue. Safe to run many, here and in other processes. */
export interface Consumer {
  /** Resolves with 1..max messages as soon as there are any; with none once closed or `signal` aborted. */
  take(max: number, signal?: AbortSignal): Promise<Message[]>;
  ack(messages: readonly Message[]): Promise<void>;
  /** Hands them out again after `delay` milliseconds. */
  nack(messages: readonly Message[], delay: number): Promise<void>;
  /** Ends all waiting. Messages in hand can still be acknowledged. */
  close(): Promise<void>;
}

/** The message queue: at least once, in rough order of arrival. */
export interface Queue {
  readonly name: string;
  /** Product and version of the server behind it, for people; null when there is none. */
  readonly server: string | null;
  readonly capabilities: QueueCapabilities;
  /** Makes queues exist, so that a ring waits for a worker that starts later. Idempotent. */
  declare(queues: readonly string[]): Promise<void>;
  /** Durable when resolved. `delay` in milliseconds. Order of arrival is kept for what one connection publishes. */
  publish(queue: string, bodies: readonly string[], delay?: number): Promise<void>;
  consume(queue: string, options: ConsumerOptions): Consumer;
  /** Messages not taken (delayed ones too) and messages taken, for the dashboard. */
  depth(queue: string): Promise<{ ready: number; taken: number }>;
  /** Deletes all messages of a queue; returns how many. */
  purge(queue: string): Promise<number>;
  /** Closes its consumers and finishes what was begun; later calls reject with `STOPPED`. */
  close(): Promise<void>;
}

export interface QueueCapabilities {
  /** Messages may be delayed by the queue itself. */
  readonly delay: boolean;
  /** Usable from several machines. */
  readonly shared: boolean;
  /** `depth` counts what other connections have taken too, and `purge` deletes it; otherwise their own only. */
  readonly countsAllTaken: boolean;
  /** As in the capabilities of a store. */
  readonly commitLog: string | null;
}
