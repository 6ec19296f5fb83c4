import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Store } from '../../db/store.ts';
import type { StoreFixture } from './store-contract.ts';

const LONG = 60_000;
const SHORT = 300;

/** Members of clusters; `fixture` is had within a test. */
export const memberCases = (fixture: () => StoreFixture): void => {
  const live = async (store: Store, cluster: string): Promise<string[]> =>
    (await store.liveMembers(cluster)).sort();

  it('lists members of a cluster to every process, each with what it told last', async () => {
    const { store, connect } = fixture();
    await store.beatMember('c', 'a', 'first', LONG);
    await store.beatMember('c', 'a', 'second', LONG);
    await store.beatMember('c', 'b', '$text "{}', LONG);
    assert.deepEqual(await live(await connect(), 'c'), ['$text "{}', 'second']);
  });

  it('keeps members of other clusters apart, whatever they are called', async () => {
    const { store } = fixture();
    const clusters = ['c', 'c/a', 'c"', '$c', 'c*', '', '{"$ne":1}', 'c","a'];
    for (const cluster of clusters) await store.beatMember(cluster, 'a', `of ${cluster}`, LONG);
    for (const cluster of clusters) assert.deepEqual(await live(store, cluster), [`of ${cluster}`]);
  });

  it('lists no member that left, nor one whose time is over', async () => {
    const { store } = fixture();
    await store.beatMember('c', 'a', 'left', LONG);
    await store.beatMember('c', 'b', 'over', SHORT);
    await store.beatMember('c', 'd', 'there', LONG);
    assert.deepEqual(await live(store, 'c'), ['left', 'over', 'there']);
    await store.leaveMember('c', 'a');
    await store.leaveMember('c', 'unknown');
    assert.deepEqual(await live(store, 'c'), ['over', 'there']);
    await sleep(SHORT + 50);
    assert.deepEqual(await live(store, 'c'), ['there']);
  });
};
