import assert from 'node:assert/strict';
import fc from 'fast-check';
import { redactUrl } from '../../domain/redact-url.ts';

const cases: readonly (readonly [given: string, shown: string])[] = [
  ['embedded', 'embedded'],
  ['amqp://localhost', 'amqp://localhost'],
  ['amqps://broker:5671/vhost?heartbeat=10', 'amqps://broker:5671/vhost?heartbeat=10'],
  ['mongodb://ann@db1/synergy', 'mongodb://ann@db1/synergy'],
  ['amqp://ann:s3cret@broker:5672/v', 'amqp://ann:***@broker:5672/v'],
  ['amqp://:s3cret@broker', 'amqp://:***@broker'],
  [
    'mongodb://ann:s3cret@db1:27017,db2:27018/synergy?replicaSet=rs0',
    'mongodb://ann:***@db1:27017,db2:27018/synergy?replicaSet=rs0',
  ],
  ['mongodb+srv://ann:p@ss/w:rd?@cluster.example/synergy', 'mongodb+srv://ann:***@cluster.example/synergy'],
  ['mongodb://a@nn:s3cret@db1', 'mongodb://a@nn:***@db1'],
  ['ann:s3cret@db1', 'ann:***@db1'],
  ['mongodb:/ann:s3cret@db1', 'mongodb:***@db1'],
  [
    'mongodb://db1/?tlsCertificateKeyFilePassword=s3cret&retryWrites=true',
    'mongodb://db1/?tlsCertificateKeyFilePassword=***&retryWrites=true',
  ],
  [
    'mongodb://db1/?authMechanismProperties=AWS_SESSION_TOKEN:s3cret',
    'mongodb://db1/?authMechanismProperties=***',
  ],
];

describe('redactUrl', () => {
  for (const [given, shown] of cases) {
    it(`shows ${shown}`, () => assert.equal(redactUrl(given), shown));
  }

  it('lets no part of a password through, whatever it is made of', () => {
    const password = fc.string({ unit: fc.constantFrom('#', '@', ':', '/', '?', '&', '=', ' ', '\n', '%') });
    fc.assert(
      fc.property(password, (text) => {
        assert.equal(redactUrl(`mongodb://ann:${text}@db1/synergy`), 'mongodb://ann:***@db1/synergy');
      }),
    );
  });
});
