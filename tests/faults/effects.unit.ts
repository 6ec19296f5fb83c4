import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freshUow } from '../support/records.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { effectTroubles, readEffects } from './effects.ts';
import type { Effect } from './effects.ts';

const effect = (attempt: number, what: Effect['what'], token = `t${attempt}`): Effect => ({
  id: 'Hour/2015060100#1',
  attempt,
  token,
  at: attempt,
  what,
});
const processed = (attempt: number) => [
  freshUow('Hour/2015060100#1', { state: 'PROCESSED', attempt, token: null }),
];
const first = [effect(1, 'begin'), effect(1, 'effect')];

describe('what handlers wrote down', () => {
  it('is in order when the attempt that counts has left its effect, whatever became of others', () => {
    assert.deepEqual(effectTroubles(first, processed(1)), []);
    assert.deepEqual(
      effectTroubles([effect(1, 'begin'), effect(2, 'begin'), effect(2, 'effect')], processed(2)),
      [],
    );
  });

  it('tells of work that is said to be done and is not', () => {
    const [trouble = '', ...more] = effectTroubles(first, processed(2));
    assert.match(trouble, /^Hour\/2015060100#1 2 is PROCESSED without its effect$/);
    assert.deepEqual(more, []);
  });

  it('tells of one attempt that ran twice, at once or one after the other', () => {
    const twice = ['Hour/2015060100#1 1 ran twice'];
    assert.deepEqual(effectTroubles([...first, effect(1, 'begin', 'another')], processed(1)), twice);
    assert.deepEqual(effectTroubles([...first, effect(1, 'effect')], processed(1)), twice);
  });

  it('is read without a line that a kill cut off', () => {
    const file = join(tempFolder(), 'effects');
    assert.deepEqual(readEffects(file), []);
    writeFileSync(file, `${JSON.stringify(effect(1, 'begin'))}\n{"id":"Hour/20`);
    assert.deepEqual(readEffects(file), [effect(1, 'begin')]);
  });
});
