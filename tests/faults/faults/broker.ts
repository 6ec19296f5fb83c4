import { setTimeout as sleep } from 'node:timers/promises';
import { onChannel } from '../../mq/rabbit-fixture.ts';
import { startAmqpProxy } from '../../support/amqp-proxy.ts';
import type { AmqpProxy } from '../../support/amqp-proxy.ts';
import type { RabbitServer } from '../../support/rabbit-server.ts';
import { startTcpProxy } from '../../support/tcp-proxy.ts';
import type { TcpProxy } from '../../support/tcp-proxy.ts';
import { bit } from '../fault.ts';
import type { Fault } from '../fault.ts';
import { wasLogged } from '../logs.ts';
import { allMove, busyWorker, connectionsTo } from '../moving.ts';
import { within } from '../processes.ts';
import { took } from '../recovery.ts';
import { queuesOf } from '../queues.ts';
import type { World } from '../world.ts';
import { SOON, onServers } from './on-servers.ts';
import type { Outage } from './on-servers.ts';

const brokerOf = ({ servers }: World): RabbitServer => {
  if (servers === undefined) throw new Error('this world has no broker');
  return servers.rabbit;
};

/** The broker goes away and comes back. */
const outage = ({ name, what, times, away, end }: Outage<RabbitServer>): Fault => ({
  ...onServers,
  name,
  what,
  times,
  inject: async (world, form) => {
    const broker = brokerOf(world);
    await busyWorker(world);
    const before = connectionsTo(broker.port);
    await end(broker);
    bit(before > 0 && connectionsTo(broker.port) === 0, 'connections with the broker were not cut');
    await sleep(away[form]);
    await broker.start();
    const recovery = await took(() => allMove(world));
    bit(await within(SOON, () => connectionsTo(broker.port) >= before), 'no client connected again');
    return { recovery, proof: `${before} connections were cut, and as many came again` };
  },
});

const brokerStopped = outage({
  name: 'broker stopped',
  what: 'the broker is stopped, and started after a while',
  times: { short: 1, long: 3 },
  away: { short: 10_000, long: 60_000 },
  end: (broker) => broker.stop(),
});

const brokerKilled = outage({
  name: 'broker killed',
  what: 'kill -9 of the broker, which is started again',
  times: { short: 1, long: 10 },
  away: { short: 0, long: 0 },
  end: (broker) => broker.kill(),
});

const queuesDeleted: Fault = {
  ...onServers,
  name: 'queues deleted',
  what: 'every queue is deleted under those who use it, with all messages',
  times: { short: 1, long: 10 },
  inject: async (world) => {
    await busyWorker(world);
    const queues = await queuesOf(world);
    let [consumers, messages] = [0, 0];
    await onChannel(world.direct.queue, async (channel) => {
      for (const queue of queues) {
        consumers += (await channel.checkQueue(queue)).consumerCount;
        messages += (await channel.deleteQueue(queue)).messageCount;
      }
    });
    bit(consumers > 0, 'no consumer on the queues');
    const recovery = await took(() => allMove(world));
    return { recovery, proof: `${messages} messages and the queues of ${consumers} consumers are gone` };
  },
};

const alarms = [
  {
    of: 'memory',
    raise: 'vm_memory_monitor:set_vm_memory_high_watermark(0.0)',
    end: 'vm_memory_monitor:set_vm_memory_high_watermark(0.6)',
  },
  {
    of: 'disk',
    raise: 'rabbit_disk_monitor:set_disk_free_limit("1000000GB")',
    end: 'rabbit_disk_monitor:set_disk_free_limit("1MB")',
  },
] as const;

/** One alarm after the other, time by time. */
const publishersBlocked = (): Fault => {
  let times = 0;
  return {
    ...onServers,
    name: 'publishers blocked',
    what: 'the broker is short of memory, then of disk, and takes no messages',
    times: { short: 1, long: 4 },
    inject: async (world, form) => {
      const broker = brokerOf(world);
      const alarm = alarms[times++ % alarms.length] ?? alarms[0];
      await busyWorker(world);
      const from = Date.now();
      const isTold = (): boolean => wasLogged(world, /takes no messages at the moment/, from);
      await broker.evaluate(alarm.raise);
      try {
        bit(await within(SOON, isTold), 'no publisher was told');
        if (form === 'long') await sleep(60_000);
      } finally {
        await broker.evaluate(alarm.end);
      }
      const recovery = await took(() => allMove(world));
      return { recovery, proof: `publishers were told of the lack of ${alarm.of}` };
    },
  };
};

/** The way to the broker of a world, on which something stands. */
const onTheWay = (queue: string, { port }: { readonly port: number }): string => {
  const address = new URL(queue);
  address.port = String(port);
  return address.href;
};

const blackHole = (): Fault => {
  let proxy: TcpProxy | undefined;
  return {
    ...onServers,
    name: 'broker in a black hole',
    what: 'connections to the broker stay, and nothing comes through; later new ones do',
    times: { short: 1, long: 3 },
    detour: async ({ store, queue }, { rabbit }) => {
      const opened = await startTcpProxy(rabbit.port);
      proxy = opened;
      return { store, queue: onTheWay(queue, opened), close: () => opened.close() };
    },
    inject: async (world, form) => {
      await busyWorker(world);
      const from = Date.now();
      const isTold = (): boolean => wasLogged(world, /has not confirmed|does not answer|no answer/, from);
      proxy?.swallow();
      bit(await within(SOON, isTold), 'no process noticed');
      const noticed = Date.now() - from;
      if (form === 'long') await sleep(60_000);
      proxy?.heal();
      const recovery = await took(() => allMove(world));
      return { recovery, proof: `noticed after ${noticed} ms` };
    },
  };
};

/** Share of the confirmations that are lost. */
const SHARE = 0.1;

const confirmLost = (): Fault => {
  let proxy: AmqpProxy | undefined;
  let isStriking = false;
  return {
    ...onServers,
    name: 'confirm lost',
    what: 'the broker has a message, and its connection ends before it is heard of',
    times: { short: 1, long: 5 },
    detour: async ({ store, queue }, { rabbit }) => {
      const opened = await startAmqpProxy(rabbit.port, () => isStriking && Math.random() < SHARE);
      proxy = opened;
      return { store, queue: onTheWay(queue, opened), close: () => opened.close() };
    },
    inject: async (world, form) => {
      await busyWorker(world);
      const before = proxy?.lost() ?? 0;
      const wanted = form === 'short' ? 5 : 50;
      isStriking = true;
      const areLost = (): boolean => (proxy?.lost() ?? 0) >= before + wanted;
      bit(await within(SOON * wanted, areLost), 'too few confirmations were lost');
      isStriking = false;
      const recovery = await took(() => allMove(world));
      return { recovery, proof: `${wanted} confirmations were lost` };
    },
  };
};

export const broker: readonly Fault[] = [
  brokerStopped,
  brokerKilled,
  queuesDeleted,
  publishersBlocked(),
  blackHole(),
  confirmLost(),
];
