import { freePort } from '../../support/free-port.ts';
import { startHttpTarget, status } from '../../support/http-target.ts';
import { parcelOf } from '../../domain/event/parcel.ts';
import { courierContract } from './courier-contract.ts';
import type { CourierWorld } from './courier-contract.ts';

const httpWorld = async (): Promise<CourierWorld> => {
  const targets = await Promise.all([1, 2, 3].map(() => startHttpTarget()));
  const [accepting, refusing, silent] = targets as [
    (typeof targets)[0],
    (typeof targets)[0],
    (typeof targets)[0],
  ];
  refusing.answer = status(503);
  silent.answer = () => undefined;
  let asked = 0;
  const to = (url: string, timeout = 15_000) => parcelOf({ url, timeout });
  return {
    accepted: to(`${accepting.origin}/hook`),
    refused: to(`${refusing.origin}/hook`),
    unreachable: to(`http://127.0.0.1:${await freePort()}/`),
    slow: to(`${silent.origin}/slow`, 200),
    patient: to(`${silent.origin}/patient`),
    // One request of the slow parcel came before.
    asked: () => silent.requests(1 + ++asked),
    taken: () => Promise.resolve(accepting.seen.map(({ headers }) => String(headers['webhook-id']))),
    close: async () => {
      await Promise.all(targets.map((target) => target.close()));
    },
  };
};

courierContract('http', httpWorld);
