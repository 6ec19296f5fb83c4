import assert from 'node:assert/strict';
import { createBody, readRetryAfter, receiptOf } from '../../../../worker/delivery/http/answer.ts';

const now = Date.UTC(2027, 0, 31, 12, 0, 0);
const answer = (status: number, headers: Record<string, string> = {}) =>
  receiptOf({ status, headers, body: 'text', took: 41.3, now }, 'https://t.example/a/b?c');

describe('an answer', () => {
  it('is success from 200 to 299', () => {
    for (const status of [200, 204, 299]) assert.equal(answer(status).ok, true);
    assert.deepEqual(answer(204), { ok: true, retry: false, summary: '204 in 41 ms', body: 'text' });
  });

  it('is for another try when it is none of those that are final', () => {
    for (const status of [400, 401, 404, 409, 422, 429, 500, 503, 599]) {
      const { ok, retry, summary } = answer(status);
      assert.deepEqual([ok, retry, summary], [false, true, `${status} in 41 ms`]);
    }
  });

  it('says for how long the target wants to be left alone', () => {
    const { retryAfter, summary } = answer(503, { 'retry-after': '30' });
    assert.deepEqual([retryAfter, summary], [30_000, '503 in 41 ms, retry after 30s']);
    assert.equal(readRetryAfter('Sun, 31 Jan 2027 12:01:00 GMT', now), 60_000);
    assert.equal(readRetryAfter('Sunday, 31-Jan-27 12:01:00 GMT', now), 60_000);
    assert.equal(readRetryAfter('Sun, 31 Jan 2027 11:00:00 GMT', now), 0);
    for (const nonsense of ['', 'soon', '-1', '1.5', '31 Jan 2027', '1e3', undefined])
      assert.equal(readRetryAfter(nonsense, now), undefined);
  });

  it('is final where the target is gone', () => {
    const { ok, retry, gone } = answer(410);
    assert.deepEqual([ok, retry, gone], [false, false, true]);
  });

  it('is final where it redirects, which names the address', () => {
    const redirect = (location?: string): string =>
      answer(302, location === undefined ? {} : { location }).summary;
    assert.equal(
      redirect('http://169.254.169.254/'),
      '302 in 41 ms: answers with a redirect to http://169.254.169.254/: use that address',
    );
    assert.match(redirect('../x'), /redirect to https:\/\/t\.example\/x:/);
    assert.match(redirect('http://['), /redirect to http:\/\/\[:/);
    assert.match(redirect(), /redirect to nowhere/);
    assert.equal(answer(301).retry, false);
  });
});

describe('the body of an answer', () => {
  const bodyOf = (...chunks: readonly string[]) => {
    const body = createBody();
    const added = chunks.map((chunk) => body.add(Buffer.from(chunk)));
    return { text: body.read(), added };
  };

  it('is kept to 4 KB', () => {
    assert.equal(bodyOf().text, '');
    assert.equal(bodyOf('a', 'b').text, 'ab');
    assert.equal(bodyOf('a'.repeat(4096)).text, 'a'.repeat(4096));
    assert.equal(bodyOf('a'.repeat(4000), 'b'.repeat(97)).text, `${'a'.repeat(4000)}${'b'.repeat(96)}…`);
  });

  it('is read to 64 KB', () => {
    const { text, added } = bodyOf(...Array.from({ length: 9 }, () => 'x'.repeat(8192)));
    assert.equal(text.length, 4097);
    assert.deepEqual(added, [true, true, true, true, true, true, true, false, false]);
  });
});
