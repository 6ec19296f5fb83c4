import assert from 'node:assert/strict';
import { SynergyError } from '../../domain/errors.ts';
import { readAddress } from '../../mq/rabbit/address.ts';
import { checkServer, toFailure } from '../../mq/rabbit/failure.ts';
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

describe('RabbitMQ failure', () => {
  for (const [text, nodeCode, code, message] of [
    [
      'self-signed certificate',
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'QUEUE_REFUSED',
      /not trusted \(self-signed certificate\).*NODE_EXTRA_CA_CERTS/,
    ],
    ["no queue 'queue_certificate_daily'", 404, 'QUEUE_UNREACHABLE', /does not answer/],
    [
      'connect ETIMEDOUT',
      'ETIMEDOUT',
      'QUEUE_UNREACHABLE',
      /at amqp:\/\/host\/ does not answer \(connect ETIMEDOUT\): see/,
    ],
    ['two\nlines', undefined, 'QUEUE_UNREACHABLE', /\(two lines\)/],
  ] as const) {
    it(`is told in one line: ${text.replace('\n', ' ')}`, () => {
      const failure = toFailure(Object.assign(new Error(text), { code: nodeCode }), 'amqp://host/');
      assert.equal(failure.code, code);
      assert.match(failure.message, message);
    });
  }

  it('names the code when there is no message, as for a host with several addresses', () => {
    const error = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' });
    assert.match(toFailure(error, 'amqp://host/').message, /does not answer \(ECONNREFUSED\)/);
  });

  it('stays what it is', () => {
    const failure = new SynergyError('STOPPED', 'the queue is closed');
    assert.equal(toFailure(failure, 'amqp://host/'), failure);
  });
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
