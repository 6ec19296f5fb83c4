import { didYouMean } from '../../domain/did-you-mean.ts';
import { SynergyError } from '../../domain/errors.ts';
import { hopeless } from './courier.ts';
import type { Courier, CourierOptions } from './courier.ts';

/** How a courier is made; the key is the scheme of the addresses that it takes parcels to. */
const drivers: Readonly<Record<string, (options: CourierOptions) => Promise<Courier>>> = {
  // Loaded when it is needed: other workers start without their libraries.
  http: async (options) => (await import('./http/courier.ts')).createHttpCourier(options),
  amqp: async (options) => (await import('./amqp/courier.ts')).createAmqpCourier(options),
  kafka: async (options) => (await import('./kafka/courier.ts')).createKafkaCourier(options),
  synergy: async (options) => (await import('./synergy/courier.ts')).createSynergyCourier(options),
};

/** Schemes that are served by the driver of another one. */
const aliases: Readonly<Record<string, string>> = { https: 'http', amqps: 'amqp' };

/** A courier for all schemes, each by its driver. */
export const createCourier = (options: CourierOptions): Courier => {
  const couriers = new Map<string, Promise<Courier>>();
  let closed: Promise<unknown> | undefined;
  const courierOf = (scheme: string): Promise<Courier> | undefined => {
    const name = Object.hasOwn(aliases, scheme) ? (aliases[scheme] as string) : scheme;
    const create = Object.hasOwn(drivers, name) ? drivers[name] : undefined;
    const courier = couriers.get(name) ?? create?.(options);
    if (courier !== undefined) couriers.set(name, courier);
    return courier;
  };
  // Of nearly all targets: loaded when a delivery is due it would make that late.
  courierOf('http')?.catch(() => undefined);
  const close = async (): Promise<void> => {
    await Promise.all([...couriers.values()].map(async (courier) => (await courier).close()));
  };
  return {
    async deliver(parcel, signal, sending) {
      if (closed) throw new SynergyError('STOPPED', 'this courier was closed: create another');
      const [scheme = ''] = parcel.target.url.split(':', 1);
      const courier = courierOf(scheme.toLowerCase());
      if (courier !== undefined) return (await courier).deliver(parcel, signal, sending);
      const known = [...Object.keys(drivers), ...Object.keys(aliases)];
      return hopeless(
        `no courier for '${scheme}:': expected one of ${known.join(', ')}${didYouMean(scheme, known)}`,
      );
    },
    close: async () => {
      await (closed ??= close());
    },
  };
};
