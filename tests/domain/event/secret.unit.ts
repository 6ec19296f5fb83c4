import assert from 'node:assert/strict';
import {
  ROTATION,
  fingerprintOf,
  loginPlace,
  namedPlace,
  placeText,
  placesOfTarget,
  putSecret,
  rotateSecret,
  signingAt,
  signingPlace,
} from '../../../domain/event/secret.ts';
import { EIGHT } from '../freerun/facts.ts';
import { targetOf } from './parcel.ts';

const key = { owner: 'ann', id: 'bill' };
const place = signingPlace(key);
const rotated = (sealed: readonly string[], every: number) =>
  sealed.reduce<ReturnType<typeof rotateSecret> | undefined>(
    (known, one, i) => rotateSecret(known, { place, sealed: one }, EIGHT + i * every),
    undefined,
  );

describe('a secret that signs', () => {
  it('signs beside the one that took its place, for a day', () => {
    const secret = rotated(['a', 'b'], 0);
    assert.ok(secret);
    assert.deepEqual(signingAt(secret, EIGHT), ['b', 'a']);
    assert.deepEqual(signingAt(secret, EIGHT + ROTATION - 1), ['b', 'a']);
    assert.deepEqual(signingAt(secret, EIGHT + ROTATION), ['b']);
  });

  it('is not cut short by further rotations, and is forgotten once it signs no more', () => {
    const often = rotated(['a', 'b', 'c'], 1000);
    assert.ok(often);
    assert.deepEqual(signingAt(often, EIGHT + 2000), ['c', 'b', 'a']);
    assert.deepEqual(signingAt(often, EIGHT + 1000 + ROTATION), ['c', 'b']);
    assert.deepEqual(
      rotated(['a', 'b', 'c'], ROTATION)?.former.map(({ sealed }) => sealed),
      ['b'],
    );
  });

  it('stays as it is when the same one comes again', () => {
    const secret = rotated(['a', 'b'], 0);
    assert.equal(rotateSecret(secret, { place, sealed: 'b' }, EIGHT + 5), secret);
  });
});

describe('a secret of event triggers', () => {
  it('keeps the instant at which it was made', () => {
    const first = putSecret(undefined, { place, sealed: 'a' }, EIGHT);
    const second = putSecret(first, { place, sealed: 'b' }, EIGHT + 5);
    assert.deepEqual(second, { ...place, sealed: 'b', former: [], createdAt: EIGHT, updatedAt: EIGHT + 5 });
    assert.notEqual(fingerprintOf(first.sealed), fingerprintOf(second.sealed));
  });

  it('has a place of its own, and that of a name and password is scheme and host', () => {
    const places = [
      place,
      namedPlace('ann', 'signing'),
      loginPlace(key, 'amqp://***@rabbit/%2F//q'),
      loginPlace(key, 'amqps://***@rabbit/%2F//q'),
      loginPlace(key, 'amqp://***@rabbit:5673/%2F//q'),
      signingPlace({ owner: 'ben', id: 'bill' }),
      signingPlace({ owner: 'ann', id: 'mail' }),
    ];
    assert.equal(new Set(places.map(placeText)).size, places.length);
    assert.deepEqual(
      loginPlace(key, 'https://ann:x@Example.ORG/a?b=c'),
      loginPlace(key, 'https://***@example.org/'),
    );
  });

  it('is needed where a header names it, or its place in the address is marked', () => {
    const headers = { authorization: 'Bearer {{secret:a}}', 'x-more': '{{secret:a}} {{secret:b}}' };
    const url = 'https://***@example.org/hook';
    assert.deepEqual(placesOfTarget({ ...key, target: targetOf({ url, headers }) }), [
      namedPlace('ann', 'a'),
      namedPlace('ann', 'b'),
      loginPlace(key, url),
    ]);
    assert.deepEqual(
      placesOfTarget({ ...key, target: targetOf({ url: 'https://ann:x@example.org/hook' }) }),
      [],
    );
  });
});
