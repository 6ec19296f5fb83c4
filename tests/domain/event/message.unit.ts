import assert from 'node:assert/strict';
import { brokerMessage } from '../../../domain/event/message.ts';
import { parcelOf } from './parcel.ts';

describe('the message for a broker', () => {
  const synergy = {
    'synergy-trigger': 'ann@example.org/bill.run',
    'synergy-time': '2027-01-31T10:00:00.000Z',
    'synergy-attempt': '1',
    'synergy-deadline': '2027-01-31T10:01:30.000Z',
  };

  it('carries the payload, with the headers of the user and ours', () => {
    assert.deepEqual(brokerMessage(parcelOf({ headers: { 'X-Team': 'a', 'Synergy-Time': 'b' } }), 'ce_'), {
      contentType: 'application/json',
      headers: { ...synergy, 'x-team': 'a' },
      body: '{"x":"y"}',
    });
    assert.equal(brokerMessage(parcelOf({}, { payload: null }), 'ce_').body, '{}');
  });

  it('carries a CloudEvent whole', () => {
    const { contentType, headers, body } = brokerMessage(parcelOf({ format: 'cloudevents' }), 'ce_');
    assert.equal(contentType, 'application/cloudevents+json; charset=utf-8');
    assert.deepEqual(headers, synergy);
    const { subject, data } = JSON.parse(body) as { subject: string; data: unknown };
    assert.deepEqual([subject, data], ['bill.run', { x: 'y' }]);
  });

  it('carries a CloudEvent with its attributes beside the body', () => {
    const parcel = parcelOf({ format: 'cloudevents-binary' });
    const amqp = brokerMessage(parcel, 'cloudEvents:');
    assert.equal(amqp.contentType, 'application/json');
    assert.equal(amqp.headers['cloudEvents:id'], parcel.messageId);
    assert.equal(amqp.headers['cloudEvents:datacontenttype'], undefined);
    assert.equal(amqp.body, '{"x":"y"}');
    const kafka = brokerMessage({ ...parcel, payload: null }, 'ce_');
    assert.deepEqual(
      [kafka.contentType, kafka.body, kafka.headers['ce_specversion']],
      [undefined, '', '1.0'],
    );
  });
});
