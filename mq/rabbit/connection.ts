import { SynergyError } from '../../domain/errors.ts';
import type { Address } from './address.ts';
import { sleep, within } from '../../lib/sleep.ts';
import { deferred } from '../../lib/deferred.ts';
import { stopped, toFailure } from './failure.ts';
import { openSession } from './connect.ts';
import type { Session } from './connect.ts';

/** Milliseconds an outage may last before those who cannot wait hear of it; later comers do at once. */
export const PATIENCE = 5_000;
const FIRST_DELAY = 50;
const LONGEST_DELAY = 2_000;
/** Milliseconds for a friendly goodbye. */
const CLOSE_TIMEOUT = 2_000;

/** 50 ms doubling to 2 s, up to half of it left out, so that not all clients come at once. */
const delayOf = (attempt: number): number =>
  Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** attempt) * (1 - Math.random() / 2);

/** Keeps connected to a server, through as many connections as it takes. */
export class RabbitConnection {
  readonly label: string;
  readonly #address: Address;
  readonly #closing = new AbortController();
  #session: Session | undefined;
  #up = deferred<Session>();
  #usable = deferred<Session>();
  /** Why the link is of no use at the moment. */
  #trouble: SynergyError | undefined;
  #givingUp: NodeJS.Timeout | undefined;
  /** Whether the trouble has lasted for longer than PATIENCE. */
  #hopeless = false;
  readonly #loop: Promise<void>;

  /** Goes on with `first` where there is a connection already. */
  constructor(address: Address, first?: Session) {
    this.label = address.label;
    this.#address = address;
    this.#interrupt(this.#silent('still connecting'));
    this.#loop = this.#run(first);
  }

  /** The connection, waited for however long it takes. Rejects with `STOPPED` once closed. */
  up(): Promise<Session> {
    return this.#up.promise;
  }

  /**
   * A connection that also takes messages. Rejects with `QUEUE_UNREACHABLE` or `QUEUE_REFUSED` when there has been
   * none for PATIENCE, with `STOPPED` once closed.
   */
  async usable(): Promise<Session> {
    if (!this.#hopeless || this.#trouble === undefined) return await this.#usable.promise;
    // A caller that tries again at once must not keep the connection from coming back.
    await new Promise(setImmediate);
    throw this.#trouble;
  }

  get trouble(): SynergyError | undefined {
    return this.#trouble;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.#givingUp);
    this.#hopeless = false;
    for (const waited of [this.#up, this.#usable]) waited.reject(stopped());
    this.#up = this.#usable = deferred();
    this.#up.reject(stopped());
    const session = this.#session;
    if (session !== undefined) {
      await within(CLOSE_TIMEOUT, session.model.close()).catch(() => undefined);
      session.cut();
    }
    await this.#loop;
  }

  async #run(first: Session | undefined): Promise<void> {
    const { signal } = this.#closing;
    let ready = first;
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        const session = ready ?? (await openSession(this.#address, signal));
        ready = undefined;
        attempt = 0;
        this.#established(session);
        await session.ended;
      } catch (error) {
        this.#interrupt(toFailure(error, this.label));
      }
      await sleep(delayOf(attempt), signal);
    }
  }

  #established(session: Session): void {
    this.#session = session;
    session.model.on('blocked', (reason: string) => {
      this.#interrupt(
        this.#silent(
          `it takes no messages at the moment: ${reason}; give it memory or disk, see 'rabbitmqctl status'`,
        ),
      );
    });
    session.model.on('unblocked', () => this.#usableAgain(session));
    // At once: a caller that tries again because its channel has ended must not be given the same connection.
    session.model.once('close', (error: unknown) => {
      this.#session = undefined;
      if (this.#closing.signal.aborted) return;
      this.#up = deferred();
      this.#interrupt(toFailure(error ?? new Error('connection closed'), this.label));
    });
    this.#up.resolve(session);
    this.#usableAgain(session);
  }

  #interrupt(trouble: SynergyError): void {
    this.#trouble = trouble;
    if (this.#givingUp !== undefined || this.#closing.signal.aborted) return;
    this.#usable = deferred();
    this.#givingUp = setTimeout(() => {
      this.#hopeless = true;
      this.#usable.reject(this.#trouble ?? trouble);
    }, PATIENCE);
  }

  #usableAgain(session: Session): void {
    clearTimeout(this.#givingUp);
    this.#givingUp = undefined;
    this.#trouble = undefined;
    this.#hopeless = false;
    // Settles the one that is waited for; one that was given up needs a successor.
    this.#usable.resolve(session);
    this.#usable = deferred();
    this.#usable.resolve(session);
  }

  #silent(text: string): SynergyError {
    return new SynergyError('QUEUE_UNREACHABLE', `RabbitMQ at ${this.label}: ${text}`);
  }
}
