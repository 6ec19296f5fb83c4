import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../lib/package-info.ts';

const css = readFileSync(join(packageRoot, 'mx', 'public', 'app.css'), 'utf8');
/** What WCAG 2.2 asks of text (success criterion 1.4.3). */
const ENOUGH = 4.5;
/** Part of its own colour in the ground of a badge. */
const TINT = Number(/\.state\.badge \{[^}]*var\(--k\) (\d+)%, var\(--surface\)/.exec(css)?.[1]) / 100;

type Colour = readonly [number, number, number];

const tokens = new Map(
  [...css.matchAll(/--([\w-]+): light-dark\((#\w{6}), ?(#\w{6})\)/g)].map((m) => [m[1], m]),
);
const colour = (name: string, theme: 'light' | 'dark'): Colour => {
  const hex = tokens.get(name)?.[theme === 'light' ? 2 : 3] ?? '';
  assert.match(hex, /^#\w{6}$/, name);
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255) as unknown as Colour;
};

const map = (c: Colour, f: (part: number, index: number) => number): Colour => c.map(f) as unknown as Colour;
const apply = (matrix: readonly Colour[], c: Colour): Colour =>
  matrix.map((row) => row[0] * c[0] + row[1] * c[1] + row[2] * c[2]) as unknown as Colour;
const toLinear = (c: number): number => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);

// Oklab as CSS Color 4 defines it; mixed in linear light from there on, which is all that luminance needs.
const toLms: readonly Colour[] = [
  [0.4122214708, 0.5363325363, 0.0514459929],
  [0.2119034982, 0.6806995451, 0.1073969566],
  [0.0883024619, 0.2817188376, 0.6299787005],
];
const toRgb: readonly Colour[] = [
  [4.0767416621, -3.3077115913, 0.2309699292],
  [-1.2684380046, 2.6097574011, -0.3413193965],
  [-0.0041960863, -0.7034186147, 1.707614701],
];
/** Of two colours in Oklab, in linear light. Oklab is linear in the cube roots, so the mix may be taken of these. */
const mix = (a: Colour, b: Colour, part: number): Colour => {
  const [x, y] = [a, b].map((c) => map(apply(toLms, map(c, toLinear)), Math.cbrt)) as [Colour, Colour];
  return apply(
    toRgb,
    map(x, (value, index) => (value * part + (y[index] ?? 0) * (1 - part)) ** 3),
  );
};

const luminance = ([r, g, b]: Colour): number => 0.2126 * r + 0.7152 * g + 0.0722 * b;
const contrast = (a: Colour, b: Colour): number => {
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
};

const states = [...css.matchAll(/\.k-[\w-]+ \{ --k: var\(--([\w-]+)\)/g)].map((found) => found[1] ?? '');

describe('text of the dashboard', () => {
  it('is found in the style sheet', () => {
    assert.ok(states.includes('embryo') && states.includes('quarantined'), states.join(' '));
    assert.ok(TINT > 0 && TINT < 1);
  });

  for (const theme of ['light', 'dark'] as const) {
    for (const name of [...new Set(states), 'ink', 'muted', 'link']) {
      it(`has contrast in ${theme}: ${name}`, () => {
        const text = map(colour(name, theme), toLinear);
        for (const ground of ['bg', 'surface', 'sunken']) {
          const found = contrast(text, map(colour(ground, theme), toLinear));
          assert.ok(found >= ENOUGH, `${name} on ${ground}: ${found.toFixed(2)}`);
        }
        const badge = contrast(text, mix(colour(name, theme), colour('surface', theme), TINT));
        assert.ok(badge >= ENOUGH, `${name} on its badge: ${badge.toFixed(2)}`);
      });
    }
  }
});
