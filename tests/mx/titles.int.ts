import assert from 'node:assert/strict';
import { quarantine } from '../support/quarantine.ts';
import { serve } from './support/served.ts';
import type { Served } from './support/served.ts';

describe('titles of pages', () => {
  let served: Served;
  beforeEach(async () => {
    served = await serve();
  });
  afterEach(() => served.close());

  const titleOf = async (path: string): Promise<string> => {
    const { body } = await served.ask(path);
    return /<title>(.*?)<\/title>/.exec(body)?.[1] ?? '';
  };

  it('begin with all that fails, of jobs and of freerun entries, as the overview counts it', async () => {
    const { rig, api } = served;
    assert.equal(await titleOf('/timetable'), 'Timetable · Synergy');
    await rig.tick('SiteHourly');
    await rig.finish('SiteHourly', '2015053122', 'fail');
    assert.equal(await titleOf('/timetable'), '1 failing · Timetable · Synergy');
    const entry = { processName: 'SessionCollector', entryName: 'open' };
    await api.execute({ kind: 'fire-freerun', ...entry });
    await quarantine(
      rig,
      (await rig.services.freerun.get(entry.processName, entry.entryName)).relatedUow ?? '',
    );
    assert.equal(await titleOf('/freerun'), '2 failing · Freerun · Synergy');
    assert.equal((await api.overview()).attentionTotal, 2);
  });

  it('end with the name of the installation, which stands in the corner, too', async () => {
    const named = await serve(undefined, undefined, { title: 'Reports <staging>' });
    const { body } = await named.ask('/timetable');
    await named.close();
    assert.match(body, /<title>Timetable · Reports &lt;staging&gt;<\/title>/);
    assert.match(body, /<a class="brand"[^>]*><img[^>]*><span>Reports &lt;staging&gt;<\/span><\/a>/);
  });
});
