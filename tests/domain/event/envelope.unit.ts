import assert from 'node:assert/strict';
import fc from 'fast-check';
import { httpEnvelope, messageIdOf, textToSign } from '../../../domain/event/envelope.ts';
import { parcelOf } from './parcel.ts';

const now = Date.UTC(2027, 0, 31, 10, 0, 2, 700);
const envelopeOf = (...given: Parameters<typeof parcelOf>) =>
  httpEnvelope(parcelOf(...given), now, 'synergy/1');
const urlOf = (url: string, query = true): string => envelopeOf({ url, query }).url;

describe('the id of a message', () => {
  it('begins with the planned instant, in the form of a ULID', () => {
    // 1469922850259 is the instant of the example of https://github.com/ulid/spec.
    assert.match(
      messageIdOf('Events:ann/a/20160730235410259#1', 1469922850259),
      /^msg_01ARZ3NDEK[0-9A-HJKMNP-TV-Z]{16}$/,
    );
  });

  it('tells apart executions, and is the same for the same', () => {
    const ids = fc.stringMatching(/^Events:[a-z]{1,9}\/[A-Za-z0-9._~-]{1,20}\/\d{14}#1$/);
    const executions = fc.tuple(ids, fc.integer({ min: 0, max: 253_402_300_799_999 }));
    fc.assert(
      fc.property(executions, executions, (one, other) => {
        const [a, b] = [one, other].map(([id, at]) => messageIdOf(id, at));
        assert.match(a!, /^msg_[0-9A-Z]{26}$/);
        assert.equal(a === b, JSON.stringify(one) === JSON.stringify(other));
      }),
    );
  });
});

describe('a plain request', () => {
  it('carries the payload, the planned time and the deadline', () => {
    assert.deepEqual(envelopeOf({}, { attempt: 3 }), {
      method: 'POST',
      url: 'https://t.example/hook?time=1801389600&epsilon=90&at=1801389602',
      headers: {
        'user-agent': 'synergy/1',
        'content-type': 'application/json',
        'webhook-id': parcelOf().messageId,
        'webhook-timestamp': '1801389602',
        'synergy-trigger': 'ann@example.org/bill.run',
        'synergy-time': '2027-01-31T10:00:00.000Z',
        'synergy-attempt': '3',
        'synergy-deadline': '2027-01-31T10:01:30.000Z',
      },
      body: '{"x":"y"}',
    });
  });

  it("appends to the user's query, which stays as it is", () => {
    assert.equal(
      urlOf('https://t/hook?b=2&time=x&a=1'),
      'https://t/hook?b=2&time=x&a=1&epsilon=90&at=1801389602',
    );
    assert.equal(
      urlOf("https://t/?q='a b'%20+&&=&t%69me#part"),
      "https://t/?q='a b'%20+&&=&t%69me&epsilon=90&at=1801389602",
    );
    assert.equal(urlOf('https://t/?time&epsilon&at'), 'https://t/?time&epsilon&at');
    assert.equal(urlOf('https://t/hook?'), 'https://t/hook?time=1801389600&epsilon=90&at=1801389602');
    assert.equal(urlOf('https://t/hook?a=1', false), 'https://t/hook?a=1');
  });

  it('has an object without members for no payload', () => {
    assert.equal(envelopeOf({}, { payload: null }).body, '{}');
  });

  it('has no body where its method takes none', () => {
    for (const method of ['GET', 'DELETE']) {
      const { body, headers } = envelopeOf({ method });
      assert.equal(body, null);
      assert.ok(!('content-type' in headers));
    }
  });

  it("takes the user's headers, with secrets, and no other values for its own", () => {
    const { headers } = envelopeOf(
      {
        headers: {
          Authorization: 'Bearer {{secret:billing}}',
          'Content-Type': 'text/json',
          'Synergy-Time': 'x',
        },
      },
      { secrets: { signing: [], named: { billing: '$&s3cret' } } },
    );
    assert.equal(headers['authorization'], 'Bearer $&s3cret');
    assert.equal(headers['content-type'], 'text/json');
    assert.equal(headers['synergy-time'], '2027-01-31T10:00:00.000Z');
    assert.throws(() => envelopeOf({ headers: { 'X-Key': '{{secret:constructor}}' } }), {
      code: 'NOT_FOUND',
      message:
        "header 'X-Key' names the secret 'constructor', which is not stored: store it, or take it out of the header",
    });
  });

  it('says that a user asked for it', () => {
    assert.equal(envelopeOf({}, { occasion: 'hand' }).headers['synergy-occasion'], 'hand');
  });
});

describe('a CloudEvent', () => {
  const attributes = {
    specversion: '1.0',
    id: parcelOf().messageId,
    source: '/synergy/box-1/triggers/ann@example.org/bill.run',
    type: 'synergy.trigger.fired',
    subject: 'bill.run',
    time: '2027-01-31T10:00:00.000Z',
    expirytime: '2027-01-31T10:01:30.000Z',
  };

  it('is in the body when it is structured', () => {
    const { url, headers, body } = envelopeOf({
      format: 'cloudevents',
      headers: { 'Content-Type': 'text/json' },
    });
    assert.equal(url, 'https://t.example/hook');
    assert.equal(headers['content-type'], 'application/cloudevents+json; charset=utf-8');
    assert.deepEqual(JSON.parse(body ?? ''), {
      ...attributes,
      datacontenttype: 'application/json',
      data: { x: 'y' },
    });
  });

  it('is in the headers when it is binary, with what a header cannot hold encoded', () => {
    const { headers, body } = envelopeOf({ format: 'cloudevents-binary', eventType: 'é "50 %" \ud800\n' });
    const ce = Object.entries(headers).filter(([name]) => name.startsWith('ce-'));
    assert.deepEqual(Object.fromEntries(ce.map(([name, value]) => [name.slice(3), value])), {
      ...attributes,
      type: '%C3%A9%20%2250%20%25%22%20%EF%BF%BD%0A',
    });
    assert.equal(headers['content-type'], 'application/json');
    assert.equal(body, '{"x":"y"}');
  });

  it('has no data without a payload', () => {
    const structured = envelopeOf({ format: 'cloudevents', eventType: 'bill' }, { payload: null });
    assert.deepEqual(JSON.parse(structured.body ?? ''), { ...attributes, type: 'bill' });
    const binary = envelopeOf({ format: 'cloudevents-binary' }, { payload: null });
    assert.equal(binary.body, '');
    assert.ok(!('content-type' in binary.headers));
  });

  it('is in the headers where its method takes no body', () => {
    const { headers, body } = envelopeOf({ format: 'cloudevents', method: 'GET' });
    assert.equal(headers['ce-id'], attributes.id);
    assert.equal(body, null);
  });
});

describe('the text to sign', () => {
  it('is id, timestamp and body', () => {
    const headers = { 'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek', 'webhook-timestamp': '1614265330' };
    const envelope = { method: 'POST', url: 'https://t/', headers, body: '{"test": 2432232314}' };
    assert.equal(textToSign(envelope), 'msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}');
    assert.equal(textToSign({ ...envelope, body: null }), 'msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.');
  });
});
