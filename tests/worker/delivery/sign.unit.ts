import assert from 'node:assert/strict';
import { Webhook } from 'standardwebhooks';
import { signed } from '../../../worker/delivery/sign.ts';

const key = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const envelope = (timestamp: number) => ({
  method: 'POST',
  url: 'https://t.example/',
  headers: { 'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek', 'webhook-timestamp': String(timestamp) },
  body: '{"test": 2432232314}',
});

describe('the signature of a request', () => {
  it('is the one of the known answer', () => {
    assert.equal(
      signed(envelope(1614265330), [key]).headers['webhook-signature'],
      'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    );
  });

  it('is there for each secret while a rotation lasts, and not without any', () => {
    const other = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
    const { headers, body } = signed(envelope(Math.floor(Date.now() / 1000)), [other, key]);
    for (const secret of [key, other]) assert.ok(new Webhook(secret).verify(body ?? '', headers));
    assert.throws(() => new Webhook('whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA').verify(body ?? '', headers));
    assert.ok(!('webhook-signature' in signed(envelope(0), []).headers));
  });
});
