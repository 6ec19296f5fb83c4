import assert from 'node:assert/strict';
import type { Parcel } from '../../../domain/event/envelope.ts';
import { stopwatch } from '../../../lib/stopwatch.ts';
import { createCourier } from '../../../worker/delivery/registry.ts';
import type { Courier, CourierOptions } from '../../../worker/delivery/courier.ts';

/** Targets of one protocol, and parcels to them. */
export interface CourierWorld {
  readonly options?: Partial<CourierOptions>;
  /** To a target that takes it. */
  readonly accepted: Parcel;
  /** To a target that does not. */
  readonly refused: Parcel;
  /** To where no server is. */
  readonly unreachable: Parcel;
  /** To a server that does not answer; its time-out is short. */
  readonly slow: Parcel;
  /** The same, with a long time-out. Resolves once the server has been asked. */
  readonly patient: Parcel;
  asked(): Promise<unknown>;
  /** It refuses for good. */
  readonly refusesForGood?: true;
  /** Ids of the messages that the first target was given. */
  taken(): Promise<readonly string[]>;
  close(): Promise<void>;
}

export const clock = { now: () => Date.now() };

/** Where no scheduler is. */
const scheduler: CourierOptions['scheduler'] = {
  clock,
  store: {
    collection: () => {
      throw new Error('there is no store');
    },
  },
  queue: { publish: () => Promise.reject(new Error('there is no queue')) },
};

export const courierWith = (options: Partial<CourierOptions> = {}): Courier =>
  createCourier({ clock, stopwatch, scheduler, slots: 256, allow: ['127.0.0.0/8'], ...options });

const idle = new AbortController().signal;

/** What every courier has to do. `missing` says why it cannot be tried. */
export const courierContract = (
  name: string,
  createWorld: () => Promise<CourierWorld>,
  missing?: string,
): void => {
  describe(`a courier over ${name}${missing === undefined ? '' : `: ${missing}`}`, () => {
    let world: CourierWorld;
    let courier: Courier;
    let sent: string[];
    const deliver = (parcel: Parcel, signal = idle) =>
      courier.deliver(parcel, signal, (line) => sent.push(line));

    before(async function () {
      this.timeout(60_000);
      if (missing !== undefined) return this.skip();
      world = await createWorld();
    });
    after(async () => {
      if (missing === undefined) await world.close();
    });
    beforeEach(() => {
      courier = courierWith(world.options);
      sent = [];
    });
    afterEach(() => courier.close());

    it('hands a parcel over, and says what it sends', async () => {
      const receipt = await deliver(world.accepted);
      assert.ok(receipt.ok, receipt.summary);
      assert.equal(sent.length, 1);
      assert.deepEqual(await world.taken(), [world.accepted.messageId]);
    });

    it('says what a target answers that refuses', async () => {
      const { ok, retry, summary } = await deliver(world.refused);
      assert.deepEqual([ok, retry], [false, world.refusesForGood !== true]);
      assert.notEqual(summary, '');
    });

    it('fails where no server is, for another try', async () => {
      const { ok, retry, summary } = await deliver(world.unreachable);
      assert.deepEqual([ok, retry], [false, true]);
      assert.match(summary, /no answer/);
    });

    it('waits no longer than the time-out, for another try', async () => {
      const { ok, retry, summary } = await deliver(world.slow);
      assert.deepEqual([ok, retry], [false, true]);
      assert.match(summary, /no answer in 200ms/);
    });

    it('breaks off when its signal aborts, with the reason of that', async () => {
      const controller = new AbortController();
      const delivery = deliver(world.patient, controller.signal);
      await world.asked();
      controller.abort(new Error('canceled'));
      await assert.rejects(delivery, { message: 'canceled' });
      await assert.rejects(deliver(world.accepted, controller.signal), { message: 'canceled' });
    });

    it('ends what is under way when it is closed, which it may be twice', async () => {
      const delivery = deliver(world.patient).catch((error: unknown) => ({ ok: false, error }));
      await world.asked();
      await Promise.all([courier.close(), courier.close()]);
      await courier.close();
      assert.equal((await delivery).ok, false);
      await assert.rejects(deliver(world.accepted), { code: 'STOPPED' });
    });
  });
};
