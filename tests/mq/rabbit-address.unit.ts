import assert from 'node:assert/strict';
import { readAddress } from '../../mq/rabbit/address.ts';
import { checkServer } from '../../mq/rabbit/failure.ts';
import { exchangeOf } from '../../mq/rabbit/topology.ts';

describe('RabbitMQ address', () => {
  it('is read with all its parts', () => {
    assert.deepEqual(readAddress('amqps://us%40er:p%2Fw@mq.example:5673/syn%2Fergy'), {
      label: 'amqps://us%40er:***@mq.example:5673/syn%2Fergy',
      options: {
        protocol: 'amqps',
        hostname: 'mq.example',
        port: 5673,
        username: 'us@er',
        password: 'p/w',
        // The library decodes it by itself.
        vhost: 'syn%2Fergy',
        heartbeat: 5,
      },
    });
  });

  it('needs a host only', () => {
    assert.deepEqual(readAddress('amqp://[::1]').options, {
      protocol: 'amqp',
      hostname: '::1',
      vhost: '',
      heartbeat: 5,
    });
  });

  for (const [url, problem] of [
    ['amqp://', 'names no host'],
    ['amqp:///vhost', 'names no host'],
    ['amqp://host:port/', 'is no address'],
    ['amqp://user:se%cret@host/', "holds a '%' that encodes nothing"],
    ['amqp://user:secret@host/?heartbeat=1', "takes no options after '?'"],
  ] as const) {
    it(`is refused when it ${problem}: ${url}`, () => {
      assert.throws(
        () => readAddress(url),
        (error: Error & { code?: string }) =>
          error.code === 'INVALID_SETTING' &&
          error.message.includes(problem) &&
          error.message.includes('expected amqp://') &&
          !/se%?cret/.test(error.message),
      );
    });
  }
});

describe('RabbitMQ server', () => {
  for (const version of ['3.8.0', '3.10.8', '4.1.0']) {
    it(`may be of version ${version}`, () => {
      checkServer({ product: 'RabbitMQ', version }, 'amqp://host/');
    });
  }
  for (const [product, version] of [
    ['RabbitMQ', '3.7.28'],
    ['LavinMQ', '4.0.0'],
  ] as const) {
    it(`may not be ${product} ${version}`, () => {
      assert.throws(
        () => {
          checkServer({ product, version }, 'amqp://host/');
        },
        new RegExp(`at amqp://host/ is ${product} ${version}: expected RabbitMQ 3\\.8 or later`),
      );
    });
  }
});

describe('RabbitMQ topology', () => {
  for (const [queue, exchange] of [
    ['queue_page_hourly', 'ex_managed_worker'],
    ['queue_cleaner_freerun', 'ex_freerun_worker'],
    ['q_uow_status', 'ex_utils'],
    ['queue_page_hourly.dead', 'ex_dead'],
  ] as const) {
    it(`gives ${queue} its messages through ${exchange}`, () => {
      assert.equal(exchangeOf(queue), exchange);
    });
  }
});
