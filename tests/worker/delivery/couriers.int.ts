import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { connect } from 'amqplib';
import { commandSpec } from '../../../db/collections.ts';
import { defineContext, freerunProcess } from '../../../domain/model/define.ts';
import { COMMAND_QUEUE } from '../../../domain/model/queue-name.ts';
import { executeStored } from '../../../scheduler/commands/execute.ts';
import { listenTo } from '../../../scheduler/queue-listener.ts';
import { freePort } from '../../support/free-port.ts';
import { startHttpTarget, status } from '../../support/http-target.ts';
import { noKafkaServer, startKafkaServer } from '../../support/kafka-server.ts';
import { noRabbitServer, startRabbitServer } from '../../support/rabbit-server.ts';
import { openRig } from '../../support/rig.ts';
import { signalBoard } from '../../support/signal-board.ts';
import { parcelOf } from '../../domain/event/parcel.ts';
import { clock, courierContract } from './courier-contract.ts';
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

/** A server that takes connections and says nothing. */
const silentServer = async () => {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => void sockets.add(socket.on('error', () => undefined)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    asked: async () => {
      if (sockets.size === 0) await once(server, 'connection');
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
};

const amqpWorld = async (): Promise<CourierWorld> => {
  const rabbit = await startRabbitServer();
  const vhost = await rabbit.vhost();
  const model = await connect(vhost);
  const channel = await model.createChannel();
  await channel.assertQueue('bills');
  const silent = await silentServer();
  const to = (url: string, timeout = 15_000) => parcelOf({ url, timeout });
  return {
    accepted: to(`${vhost}//bills`),
    refused: to(`${vhost}//nothing`),
    unreachable: to(`amqp://127.0.0.1:${await freePort()}/v//bills`),
    slow: to(`amqp://127.0.0.1:${silent.port}/v//bills`, 200),
    patient: to(`amqp://127.0.0.1:${silent.port}/v//bills`),
    asked: silent.asked,
    taken: async () => {
      const message = await channel.get('bills', { noAck: true });
      return message === false ? [] : [String(message.properties.messageId)];
    },
    close: async () => {
      silent.close();
      await model.close();
      await rabbit.dispose();
    },
  };
};

courierContract('AMQP', amqpWorld, noRabbitServer);

const kafkaWorld = async (): Promise<CourierWorld> => {
  const kafka = await startKafkaServer();
  const topic = await kafka.topic();
  const silent = await silentServer();
  // A broker takes no record of a time to come.
  const to = (url: string, timeout = 15_000) => parcelOf({ url, timeout }, { at: clock.now() });
  return {
    accepted: to(`kafka://${kafka.broker}/${topic}`),
    refused: to(`kafka://${kafka.broker}/nothing`),
    unreachable: to(`kafka://127.0.0.1:${await freePort()}/bills`),
    slow: to(`kafka://127.0.0.1:${silent.port}/bills`, 200),
    patient: to(`kafka://127.0.0.1:${silent.port}/bills`),
    asked: silent.asked,
    taken: async () => (await kafka.records(topic, 1)).map(({ headers }) => headers['message-id'] ?? ''),
    close: async () => {
      silent.close();
      await kafka.dispose();
    },
  };
};

courierContract('Kafka', kafkaWorld, noKafkaServer);

const entries = ['daily', 'slow', 'patient'].map((name) => ({ name, trigger: 'every 1h' }));
const context = defineContext({ processes: [freerunProcess({ name: 'Mail', identity: true, entries })] });

/** A scheduler that does not get to some commands. */
const synergyWorld = async (): Promise<CourierWorld> => {
  const rig = await openRig(context);
  const rung = signalBoard();
  const stop = listenTo(rig.services.shared, COMMAND_QUEUE, async (ids) => {
    for (const id of ids) {
      const command = await rig.store.collection(commandSpec).get({ id });
      const entry = command?.belongsTo ?? '';
      if (/slow|patient/.test(entry)) rung.post(entry);
      else await executeStored(rig.services, id);
    }
  });
  const to = (entry: string, timeout = 15_000) => {
    const parcel = parcelOf({ url: `synergy://Mail/${entry}`, timeout });
    return { ...parcel, executionId: `${parcel.executionId}-${entry}-${timeout}` };
  };
  const accepted = to('daily');
  return {
    options: { scheduler: { ...rig, clock } },
    accepted,
    refused: to('weekly'),
    refusesForGood: true,
    unreachable: to('slow', 300),
    slow: to('slow', 200),
    patient: to('patient'),
    asked: () => rung.next('Mail:patient'),
    taken: async () => {
      const [uow] = await rig.store.findUows({ processName: 'Mail' });
      return uow?.id.endsWith(`/by-hand#event/${accepted.executionId}`) ? [accepted.messageId] : [];
    },
    close: async () => {
      await stop();
      await rig.close();
    },
  };
};

courierContract('the scheduler of this installation', synergyWorld);
