import type { Logger } from '../../domain/logger.ts';
import type { JobKey } from '../../domain/model/record.ts';
import type { LiveEvent } from './api.ts';

/** Listeners are told at most this often. Milliseconds. */
const LIVE_PAUSE = 200;

/** Gathers what changed and tells live pages about it at a bearable pace. A listener that throws does not affect the others. */
export class LiveFeed {
  readonly #log: Logger;
  readonly #listeners = new Set<(event: LiveEvent) => void>();
  #changed: JobKey[] = [];
  #sequence = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(log: Logger) {
    this.#log = log;
  }

  add(changed: readonly JobKey[]): void {
    if (this.#listeners.size === 0) return;
    this.#changed.push(...changed);
    this.#timer ??= setTimeout(() => this.#tell(), LIVE_PAUSE);
  }

  subscribe(listener: (event: LiveEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(): void {
    this.#timer = undefined;
    const event = { sequence: ++this.#sequence, changed: this.#changed };
    this.#changed = [];
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        this.#log.error(`a listener to live events threw: ${String(error)}`, { sequence: event.sequence });
      }
    }
  }
}
