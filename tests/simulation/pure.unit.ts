import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createFaults, drawRates, faultKinds } from '../../simulation/faults.ts';
import type { Fault, Site } from '../../simulation/faults.ts';
import { createRandom, hashText } from '../../simulation/random.ts';
import { linesAbout } from '../../simulation/report.ts';
import { leaveOut } from '../../simulation/shrink.ts';

const seeds = fc.nat({ max: 2 ** 32 - 1 });

describe('random numbers of a seed', () => {
  const draw = (seed: number): number[] => {
    const random = createRandom(seed);
    return Array.from({ length: 50 }, () => random.next());
  };

  it('are the same for the same seed, others for another, and in [0, 1)', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const drawn = draw(seed);
        assert.deepEqual(drawn, draw(seed));
        assert.notDeepEqual(drawn, draw(seed + 1));
        assert.ok(drawn.every((number) => number >= 0 && number < 1));
      }),
    );
  });

  it('are spread evenly', () => {
    const counts = Array.from({ length: 10 }, () => 0);
    const random = createRandom(1);
    for (let i = 0; i < 100_000; i++) counts[random.below(10)]! += 1;
    for (const count of counts) assert.ok(Math.abs(count - 10_000) < 500, String(count));
  });

  it('of a fork do not depend on what is drawn elsewhere', () => {
    const random = createRandom(5);
    const before = random.fork('a').next();
    random.next();
    assert.equal(random.fork('a').next(), before);
    assert.notEqual(random.fork('b').next(), before);
  });

  it('hash texts as FNV-1a does', () => {
    assert.equal(hashText(''), 0x811c9dc5);
    assert.equal(hashText('a'), 0xe40c292c);
    assert.equal(hashText('foobar'), 0xbf9cf968);
  });
});

describe('faults', () => {
  const sites = Object.keys(faultKinds) as Site[];
  const ask = (faults: ReturnType<typeof createFaults>, times: number): void => {
    for (let i = 0; i < times; i++) faults.draw(sites[i % sites.length]!, `occasion ${String(i)}`);
  };
  const drawn = (seed: number) => {
    const random = createRandom(seed);
    return createFaults(random.fork('faults'), drawRates(random.fork('rates')));
  };

  it('come again by the plan of what went wrong', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const faults = drawn(seed);
        ask(faults, 500);
        const replayed = createFaults(createRandom(0), {}, faults.injected);
        ask(replayed, 500);
        assert.deepEqual(replayed.injected, faults.injected);
      }),
      { numRuns: 30 },
    );
  });

  it('are of the kinds of their site, and of all kinds over many seeds', () => {
    const kinds = new Set<string>();
    for (let seed = 0; seed < 200; seed++) {
      const faults = drawn(seed);
      ask(faults, 2_000);
      for (const { kind } of faults.injected) kinds.add(kind);
    }
    const known = Object.values(faultKinds).flatMap((ofSite) => Object.keys(ofSite));
    assert.deepEqual([...kinds].sort(), known.sort());
  });

  it('are no more once stopped', () => {
    const faults = createFaults(createRandom(1), { kill: 1 });
    assert.equal(faults.draw('process', 'worker-1')?.kind, 'kill');
    faults.stop();
    assert.equal(faults.draw('process', 'worker-1'), undefined);
  });

  it('leave out what cannot happen', () => {
    const faults = createFaults(createRandom(1), { torn: 1 });
    assert.equal(
      faults.draw('call', 'store.uows', (kind) => kind === 'torn'),
      undefined,
    );
    assert.equal(faults.draw('call', 'store.commit')?.kind, 'torn');
  });
});

describe('trace of a failure', () => {
  it('tells of the entities in question and of what happened to processes', () => {
    const line = (text: string) => ({ step: 1, at: 0, who: 'worker-1.1', text });
    const lines = [
      'store.claim of worker-1.1 [["P/1#1"]]',
      'timer',
      'worker-1.1 ends',
      'store.claim [["P/2#1"]]',
    ];
    assert.deepEqual(
      linesAbout(lines.map(line), ['P/1#1']).map(({ text }) => text),
      ['store.claim of worker-1.1 [["P/1#1"]]', 'worker-1.1 ends'],
    );
  });
});

describe('leaving out faults', () => {
  const faultAt = (occasion: number): Fault => ({ occasion, kind: 'kill', amount: 0, where: 'worker-1' });

  it('leaves those that it takes to fail, and no other', async () => {
    const cases = fc.integer({ min: 1, max: 60 }).chain((count) =>
      fc.record({
        count: fc.constant(count),
        needed: fc.uniqueArray(fc.nat({ max: count - 1 }), { maxLength: 3 }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(cases, async ({ count, needed }) => {
        const failed = { faults: Array.from({ length: count }, (_, index) => faultAt(index)) };
        const small = await leaveOut(failed, (faults) => {
          const left = new Set(faults.map(({ occasion }) => occasion));
          return Promise.resolve(needed.every((one) => left.has(one)) ? { faults } : undefined);
        });
        assert.deepEqual(
          small.faults.map(({ occasion }) => occasion),
          needed.sort((a, b) => a - b),
        );
      }),
    );
  });
});
