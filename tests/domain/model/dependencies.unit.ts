import assert from 'node:assert/strict';
import { defineContext, freerunProcess } from '../../../domain/model/define.ts';
import { effectiveDependencies } from '../../../domain/model/dependencies.ts';
import type { Dependency, DependencyOptions } from '../../../domain/model/process.ts';
import { process, treesOf } from './contexts.ts';

const site = { name: 'site', processes: ['SiteDaily', 'SiteHourly', 'SiteMonthly'] };
const client = { name: 'client', processes: ['ClientMonthly', 'ClientDaily'], dependsOn: ['site'] };

/** What ClientDaily waits for when it declares `own`. */
const ofClientDaily = (own: readonly (string | DependencyOptions)[]): readonly Dependency[] | undefined =>
  effectiveDependencies(
    defineContext({
      processes: [
        ...site.processes.map((name) => process(name)),
        process('ClientMonthly'),
        process('ClientDaily', { dependsOn: own }),
        freerunProcess({ name: 'Clean', identity: true }),
      ],
      trees: [site, client],
    }),
  ).get('ClientDaily');

describe('effectiveDependencies', () => {
  it('makes a process wait for its counterparts in the trees its tree depends on', () => {
    const base = { name: 'base', processes: ['BaseYearly', 'BaseDaily'] };
    const dependencies = effectiveDependencies(
      treesOf(base, site, { ...client, dependsOn: ['site', 'base'] }),
    );
    assert.deepEqual(
      [...dependencies],
      [
        ['BaseYearly', []],
        ['BaseDaily', []],
        ['SiteDaily', []],
        ['SiteHourly', []],
        ['SiteMonthly', []],
        ['ClientMonthly', [{ process: 'SiteMonthly', mapping: 'same' }]],
        [
          'ClientDaily',
          [
            { process: 'BaseDaily', mapping: 'same' },
            { process: 'SiteDaily', mapping: 'same' },
          ],
        ],
      ],
    );
  });

  it('adds what the process declares itself', () => {
    assert.deepEqual(ofClientDaily([{ process: 'SiteHourly', mapping: 'contained', atLeast: 20 }]), [
      { process: 'SiteDaily', mapping: 'same' },
      { process: 'SiteHourly', mapping: 'contained', atLeast: 20 },
    ]);
  });

  it('puts own declarations on a process in the place of its default', () => {
    const yesterday = { process: 'SiteDaily', mapping: { offset: -1 } } as const;
    assert.deepEqual(ofClientDaily([yesterday]), [yesterday]);
    assert.deepEqual(ofClientDaily(['SiteDaily', yesterday]), [
      { process: 'SiteDaily', mapping: 'same' },
      yesterday,
    ]);
  });

  it('leaves out what is no managed process', () => {
    assert.deepEqual(ofClientDaily(['Clean', 'Nobody']), [{ process: 'SiteDaily', mapping: 'same' }]);
  });

  it('knows processes that are in no tree, and trees of unknown processes', () => {
    const context = defineContext({
      processes: [process('LoneDaily')],
      trees: [{ name: 'odd', processes: ['Nobody'], dependsOn: ['nowhere'] }],
    });
    assert.deepEqual([...effectiveDependencies(context)], [['LoneDaily', []]]);
  });
});
