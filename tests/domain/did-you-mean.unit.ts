import assert from 'node:assert/strict';
import fc from 'fast-check';
import { didYouMean, nearest } from '../../domain/did-you-mean.ts';

describe('nearest', () => {
  const known = ['site', 'client', 'SiteHourly', 'SiteDaily', 'ClientDaily'];
  const cases: readonly (readonly [given: string, expected: string | undefined])[] = [
    ['sites', 'site'],
    ['sit', 'site'],
    ['stie', 'site'],
    ['SITE', 'site'],
    ['SiteHoruly', 'SiteHourly'],
    ['sitehourly', 'SiteHourly'],
    ['SiteWeekly', undefined],
    ['ClientDialy', 'ClientDaily'],
    ['stream', undefined],
    ['x', undefined],
    ['', undefined],
  ];
  for (const [given, expected] of cases) {
    it(`'${given}' is probably ${expected ?? 'none of them'}`, () => {
      assert.equal(nearest(given, known), expected);
    });
  }

  it('does not turn one letter into another, nor anything out of nothing', () => {
    assert.equal(nearest('a', ['b']), undefined);
    assert.equal(nearest('', ['', 'a']), undefined);
  });

  it('does not forgive two mistakes in a short name', () => {
    assert.equal(nearest('abc', ['axy']), undefined);
    assert.equal(nearest('aab', ['abc']), undefined);
  });

  it('takes the name with the fewest mistakes, the first of several', () => {
    assert.equal(nearest('daily', ['dailies', 'dail', 'daile']), 'dail');
    assert.equal(nearest('abcdef', ['abcdeX', 'abcdeY']), 'abcdeX');
  });

  it('forgives any single mistake in a name of three letters or more', () => {
    const word = fc.string({
      unit: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
      minLength: 3,
      maxLength: 9,
    });
    const mistakes: ((name: string, at: number) => string)[] = [
      (name, at) => name.slice(0, at) + name.slice(at + 1),
      (name, at) => `${name.slice(0, at)}z${name.slice(at)}`,
      (name, at) => `${name.slice(0, at)}z${name.slice(at + 1)}`,
      (name, at) => name.slice(0, at) + (name[at + 1] ?? '') + name[at]! + name.slice(at + 2),
    ];
    fc.assert(
      fc.property(word, fc.nat(), fc.constantFrom(...mistakes), (name, at, mistake) => {
        assert.equal(nearest(mistake(name, at % name.length), [name]), name);
      }),
    );
  });
});

describe('didYouMean', () => {
  it('ends a message with the name that was probably meant', () => {
    assert.equal(didYouMean('sites', ['site']), "; did you mean 'site'?");
    assert.equal(didYouMean('sites', ['client']), '');
  });
});
