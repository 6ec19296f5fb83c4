import assert from 'node:assert/strict';

import { readTarget, secretsOf, shownHeaders } from '../../../domain/event/target.ts';
import type { TargetInput } from '../../../domain/event/target.ts';

const URL_TEXT = 'https://example.org/hook';

describe('the target of an event trigger', () => {
  it('has defaults for all but its address', () => {
    assert.deepEqual(readTarget({ url: URL_TEXT, method: undefined }), {
      url: URL_TEXT,
      ...{ method: 'POST', headers: {}, format: 'plain', query: true, eventType: null },
      ...{ timeout: 15_000, connection: null },
    });
  });

  it('keeps what a user says, letter by letter', () => {
    const given: TargetInput = {
      url: 'https://example.org:8443/hook?b=2&time=x&a=%41',
      method: 'PATCH',
      headers: { Authorization: 'Bearer {{secret:billing}}', 'X-Team': 'é; q="1"' },
      format: 'cloudevents-binary',
      query: false,
      eventType: 'org.example.due',
      timeout: 300_000,
    };
    assert.deepEqual(readTarget(given), { ...given, connection: null });
    assert.equal(
      readTarget({ url: 'amqps://h/v/e/k', connection: 'billing-broker' }).connection,
      'billing-broker',
    );
    assert.equal(readTarget({ url: 'kafka://h/t', headers: { 'x-team': 'a' } }).headers['x-team'], 'a');
  });

  it('has its fields in one order, whatever was said first', () => {
    const names = Object.keys(readTarget({ url: URL_TEXT }));
    assert.deepEqual(Object.keys(readTarget({ timeout: 1000, headers: {}, url: URL_TEXT })), names);
  });

  it('names the secrets of its headers', () => {
    const headers = { a: '{{secret:x.1}}:{{secret:y}}', b: '{{secret:x.1}}', c: '{{other}} secret:z' };
    assert.deepEqual(secretsOf(readTarget({ url: URL_TEXT, headers })), ['x.1', 'y']);
  });

  const http = ', such as https://example.org/hook';
  const reservedName = 'another name: this one is written by Synergy Scheduler or refused by HTTP';
  const header = ", such as 'x-team': 'billing'";
  const valueExpected = 'characters of Latin-1 in one line, no blanks around them';
  const wrong: readonly (readonly [Omit<TargetInput, 'url'> & { url?: string }, string])[] = [
    [
      { url: `${URL_TEXT}/${'x'.repeat(2000)}` },
      `url '2025 characters': expected 2000 characters at most${http}`,
    ],
    [{ method: 'post' }, "method 'post': expected one of POST, PUT, PATCH, GET, DELETE, such as POST"],
    [
      { url: 'kafka://h/t', method: 'PUT' },
      "method 'PUT': expected nothing: kafka addresses have no methods, such as POST",
    ],
    [{ headers: { Host: 'a' } }, `header 'Host': expected ${reservedName}${header}`],
    [{ headers: { 'Content-Length': '1' } }, `header 'Content-Length': expected ${reservedName}${header}`],
    [
      { headers: { 'transfer-encoding': 'x' } },
      `header 'transfer-encoding': expected ${reservedName}${header}`,
    ],
    [{ headers: { Connection: 'x' } }, `header 'Connection': expected ${reservedName}${header}`],
    [{ headers: { 'Webhook-Id': 'x' } }, `header 'Webhook-Id': expected ${reservedName}${header}`],
    [{ headers: { 'synergy-x': 'x' } }, `header 'synergy-x': expected ${reservedName}${header}`],
    [{ headers: { 'ce-id': 'x' } }, `header 'ce-id': expected ${reservedName}${header}`],
    [{ headers: { 'a b': 'x' } }, `header 'a b': expected a name of letters, digits and dashes${header}`],
    [{ headers: { a: 'x\r\nhost: b' } }, `header 'a', value '***': expected ${valueExpected}${header}`],
    [{ headers: { a: ' x' } }, `header 'a', value '***': expected ${valueExpected}${header}`],
    [{ headers: { a: '你' } }, `header 'a', value '***': expected ${valueExpected}${header}`],
    [
      { headers: { a: '{{secret:x y}}' } },
      `header 'a', value '***': expected the secret as {{secret:name}}, the name of letters, digits, '.', '_' and '-'${header}`,
    ],
    [
      { headers: { a: '1', A: '2' } },
      "header 'A': expected each name once, in whatever case, such as 'x-team': 'billing'",
    ],
    [
      { headers: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`a${i}`, ''])) },
      "headers '51': expected 50 at most, such as 'x-team': 'billing'",
    ],
    [
      { headers: { a: 'x'.repeat(8000) } },
      "headers '8001 characters': expected 8000 characters at most, such as 'x-team': 'billing'",
    ],
    [
      { url: 'synergy://Clean/nightly', headers: { a: '1' } },
      "header 'a': expected none: an entry is fired with the payload as arguments, such as no headers",
    ],
    [
      { format: 'cloudevent' as never },
      "format 'cloudevent': expected one of plain, cloudevents, cloudevents-binary, such as plain",
    ],
    [
      { url: 'synergy://Clean/nightly', format: 'cloudevents' },
      "format 'cloudevents': expected plain: an entry is fired with the payload as arguments, such as plain",
    ],
    [
      { eventType: '' },
      "eventType '': expected 1 to 200 characters in one line, such as org.example.billing.due",
    ],
    [
      { eventType: 'a\nb' },
      "eventType 'a\nb': expected 1 to 200 characters in one line, such as org.example.billing.due",
    ],
    [{ timeout: 999 }, "timeout '999': expected 1000 to 300000 ms, such as 15000"],
    [{ timeout: 1000.5 }, "timeout '1000.5': expected 1000 to 300000 ms, such as 15000"],
    [{ timeout: 300_001 }, "timeout '300001': expected 1000 to 300000 ms, such as 15000"],
    [
      { url: 'amqp://h/v/e/k', connection: 'a b' },
      "connection 'a b': expected 1 to 100 letters, digits, '.', '_' and '-', such as billing-broker",
    ],
    [
      { connection: 'a' },
      "connection 'a': expected nothing: http addresses use no setting of a broker, such as amqp",
    ],
  ];
  for (const [given, message] of wrong) {
    it(`is refused: ${message.slice(0, 80)}`, () => {
      assert.throws(() => readTarget({ url: URL_TEXT, ...given }), {
        code: 'INVALID_TARGET',
        message: `target, ${message}`,
      });
    });
  }

  it('shows its headers, but for values that their names say are secret', () => {
    const headers = { 'X-Team': 'billing', 'X-Api-Key': 'abc', Authorization: 'Bearer {{secret:billing}}' };
    assert.deepEqual(shownHeaders(headers), [
      ...['X-Team: billing', 'X-Api-Key: ***'],
      'Authorization: Bearer {{secret:billing}}',
    ]);
    assert.deepEqual(shownHeaders({ cookie: 'a=b' }), ['cookie: ***']);
  });

  it('is refused with an address of its kind as the example', () => {
    const examples: Readonly<Record<string, string>> = {
      'amqp:/x': 'amqp://rabbit.example.org/%2F/events/nightly.report',
      'kafka://': 'kafka://broker.example.org:9092/events',
      'synergy://': 'synergy://Clean/nightly',
      hook: URL_TEXT,
    };
    for (const [url, example] of Object.entries(examples))
      assert.throws(
        () => readTarget({ url }),
        (error: Error) => error.message.endsWith(`, such as ${example}`),
        url,
      );
  });
});
