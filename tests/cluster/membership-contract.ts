import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Membership } from '../../cluster/membership.ts';
import { startTimer } from '../../lib/os/timer.ts';
import { startChildIn } from '../support/child.ts';
import type { Child } from '../support/child.ts';
import { fakeClock, whyNoFakeClock } from '../support/fake-clock.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import type { TcpProxy } from '../support/tcp-proxy.ts';
import { memberOn, openMembership } from './open-member.ts';
import type { MeetingPlace } from './open-member.ts';

/** Where the members of a driver meet. */
export interface ClusterServer {
  /** Where its server listens; undefined where there is none, as for a file. */
  readonly port?: number;
  /** How members get there; by another port where one is given. */
  readonly place: (port?: number) => Pick<MeetingPlace, 'address' | 'store' | 'dataDir'>;
  /** Ends it as nothing can prevent, and starts it again without anything that it kept. */
  readonly restartEmpty: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

export interface DriverUnderTest {
  /** Why it cannot be tested here. */
  readonly missing?: string | undefined;
  /** Whether members reach it over connections, which can be cut; they do. */
  readonly hasConnections?: boolean;
  readonly start: () => Promise<ClusterServer>;
  /** Time-out of the members, ms; 3 s. */
  readonly timeout?: number;
  /** How long beyond its time-out a killed member may be seen, ms; 2 s. */
  readonly slack?: number;
  /** How long after a cable is plugged in again a member that was cut off may be missing, ms; 5 s. */
  readonly healed?: number;
}

/** Within this a member that joined or left is seen so, ms. */
const SEEN = 2_000;
/** Within this all members are back after a server that lost everything, ms. */
const BACK = 5_000;
/** What patterns, paths and lists of servers are made of. */
const HOSTILE = ['*', '?', '[a]', 'a/b', 'a b', ' ', 'a\\', '\'"', '{a}', 'a:b', 'ä%2F', '..', '$a', 'a\n'];

const boxes = (membership: Membership): string[] => membership.members().map(({ box }) => box);

/** Resolves as soon as the members are on these boxes, and after how long, ms; rejects when that takes longer than `limit`. */
const sees = (membership: Membership, expected: readonly string[], limit: number): Promise<number> => {
  const wanted = [...expected].sort().join(', ');
  const begunAt = performance.now();
  return new Promise((resolve, reject) => {
    const seen = (): string => boxes(membership).sort().join(', ');
    const end = (): void => {
      unwatch();
      stop();
    };
    const look = (): void => {
      if (seen() !== wanted) return;
      end();
      resolve(performance.now() - begunAt);
    };
    const unwatch = membership.watch(look);
    const stop = startTimer(limit, () => {
      end();
      reject(new Error(`expected [${wanted}] within ${limit} ms, saw [${seen()}]`));
    });
    look();
  });
};

/** The next message of a child that is one of these. */
const hears = async (child: Child, ...expected: string[]): Promise<string> => {
  for (;;) {
    const message = String(await child.message());
    assert.notEqual(message, 'member without a renewal');
    if (expected.includes(message)) return message;
  }
};

/** What membership has to do over every kind of server. */
export const membershipContract = (name: string, driver: DriverUnderTest): void => {
  const { missing, hasConnections = true, timeout = 3_000, slack = 2_000, healed = BACK } = driver;
  const itWhenConnected = hasConnections ? it : () => undefined;

  describe(`membership contract: ${name}${missing === undefined ? '' : ` (skipped: ${missing})`}`, function () {
    this.timeout(60_000);
    let server: ClusterServer;
    let cluster: string;
    let ends: (() => Promise<void>)[];

    const place = (to: Partial<MeetingPlace> = {}, port?: number): MeetingPlace => ({
      ...server.place(port),
      cluster,
      timeout,
      ...to,
    });
    const open = async (at = place()): Promise<Membership> => {
      const membership = await openMembership(at);
      ends.push(() => membership.close());
      return membership;
    };
    const joined = async (box: string, at = place()): Promise<Membership> => {
      const membership = await open(at);
      await membership.join(memberOn(box));
      return membership;
    };
    const child = async (box: string, environment: Readonly<Record<string, string>> = {}): Promise<Child> => {
      const started = startChildIn(
        { ...process.env, ...environment },
        new URL('children/member.ts', import.meta.url),
        JSON.stringify(place()),
        box,
      );
      ends.push(() => started.kill());
      assert.equal(await started.message(), 'joined');
      return started;
    };
    const proxied = async (): Promise<TcpProxy> => {
      const proxy = await startTcpProxy(server.port!);
      ends.push(() => proxy.close());
      return proxy;
    };

    before(async function () {
      if (missing !== undefined) return this.skip();
      server = await driver.start();
    });
    after(() => (server as ClusterServer | undefined)?.stop());
    beforeEach(() => {
      cluster = `c-${randomUUID()}`;
      ends = [];
    });
    afterEach(async () => {
      for (const end of ends.reverse()) await end();
    });

    it('shows who joins, with all facts, and facts that change', async () => {
      const watcher = await joined('a');
      const other = await open();
      const member = memberOn('b', { context: 'abc', leads: false, processes: ['P', 'Q'] });
      await other.join(member);
      await sees(watcher, ['a', 'b'], SEEN);
      assert.deepEqual(
        watcher.members().find(({ box }) => box === 'b'),
        member,
      );
      assert.deepEqual(boxes(other), ['a', 'b']);

      const leads = { ...member, facts: { ...member.facts, leads: true } };
      const changed = new Promise((resolve) =>
        watcher.watch((members) => members.some(({ facts }) => facts.leads) && resolve(true)),
      );
      await other.join(leads);
      assert.ok(await Promise.race([changed, sleep(SEEN)]));
    });

    it('tells at once who it is about, and another process that asks', async () => {
      const membership = await joined('a');
      assert.deepEqual(boxes(membership), ['a']);
      const asking = await open();
      assert.deepEqual(
        (await asking.refresh()).map(({ box }) => box),
        ['a'],
      );
    });

    it('keeps members for as long as they renew, and shows each once', async () => {
      const watcher = await joined('a');
      await child('b');
      await sees(watcher, ['a', 'b'], SEEN);
      const changes: string[] = [];
      watcher.watch(() => changes.push(boxes(watcher).join()));
      await sleep(2 * timeout);
      assert.deepEqual(changes, []);
    });

    it('shows soon that a member left', async () => {
      const watcher = await joined('a');
      const other = await joined('b');
      await sees(watcher, ['a', 'b'], SEEN);
      await other.leave();
      assert.deepEqual(boxes(other), ['a']);
      await sees(watcher, ['a'], SEEN);
    });

    it('lets a member come back under another id', async () => {
      const watcher = await joined('a');
      const other = await joined('b');
      await sees(watcher, ['a', 'b'], SEEN);
      await other.leave();
      await other.join(memberOn('c'));
      await sees(watcher, ['a', 'c'], SEEN);
    });

    it('forgets a killed member after its time-out', async () => {
      const watcher = await joined('a');
      const killed = await child('b');
      await sees(watcher, ['a', 'b'], SEEN);
      await killed.kill();
      await sees(watcher, ['a'], timeout + slack);
    });

    it('has a member that was paused for twice the time-out be none before it renewed', async () => {
      const watcher = await joined('a');
      const paused = await child('b');
      await sees(watcher, ['a', 'b'], SEEN);
      paused.process.kill('SIGSTOP');
      await sees(watcher, ['a'], timeout + slack);
      await sleep(Math.max(0, timeout - slack));
      paused.process.kill('SIGCONT');
      await hears(paused, 'was paused');
      await sees(watcher, ['a', 'b'], SEEN);
      await sleep(timeout);
      assert.ok(!paused.rest().includes('member without a renewal'));
    });

    it('has all members back after its server lost everything', async () => {
      const members = [await joined('a'), await joined('b'), await joined('c')];
      for (const member of members) await sees(member, ['a', 'b', 'c'], SEEN);
      await server.restartEmpty();
      const outsider = await open();
      const begunAt = performance.now();
      const seen = async (): Promise<number> => (await outsider.refresh().catch(() => [])).length;
      while ((await seen()) < members.length && performance.now() < begunAt + BACK) await sleep(50);
      for (const member of members) await sees(member, ['a', 'b', 'c'], begunAt + BACK - performance.now());
    });

    itWhenConnected('carries members over a connection that is cut', async () => {
      const proxy = await proxied();
      const watcher = await joined('a');
      await joined('b', place({}, proxy.port));
      await sees(watcher, ['a', 'b'], SEEN);
      const changes: string[] = [];
      watcher.watch(() => changes.push(boxes(watcher).join()));
      proxy.cut();
      await sleep(timeout + slack);
      assert.deepEqual(changes, []);
    });

    itWhenConnected(
      'has a member that is cut off count itself out before others do, and come back',
      async () => {
        const proxy = await proxied();
        const watcher = await joined('a');
        const cutOff = await joined('b', place({}, proxy.port));
        await Promise.all([sees(watcher, ['a', 'b'], SEEN), sees(cutOff, ['a', 'b'], SEEN)]);
        const order: string[] = [];
        watcher.watch(() => order.push(`others: ${boxes(watcher).join()}`));
        proxy.swallow();
        const isOut = async (): Promise<void> => {
          while (boxes(cutOff).includes('b')) await sleep(10);
          order.push('itself');
        };
        await Promise.all([isOut(), sees(watcher, ['a'], timeout + slack)]);
        assert.deepEqual(order, ['itself', 'others: a']);
        proxy.heal();
        await Promise.all([sees(watcher, ['a', 'b'], healed), sees(cutOff, ['a', 'b'], healed)]);
      },
    );

    it('takes ids of any characters', async () => {
      const watcher = await joined('a');
      for (const box of HOSTILE) await joined(box);
      await sees(watcher, ['a', ...HOSTILE], SEEN);
    });

    it('keeps clusters apart whatever their names, also where one is the beginning of another', async () => {
      const names = [cluster, ...HOSTILE.map((end) => `${cluster}${end}`), `${cluster}/members`, ...HOSTILE];
      const members = await Promise.all(names.map((each, i) => joined(`box-${i}`, place({ cluster: each }))));
      for (const member of members) await member.refresh();
      assert.deepEqual(
        members.map(boxes),
        names.map((_, i) => [`box-${i}`]),
      );
    });

    it('shows each of 20 members to all', async () => {
      const names = Array.from({ length: 20 }, (_, i) => `box-${i}`);
      const members = await Promise.all(names.map((box) => joined(box)));
      await Promise.all(members.map((member) => sees(member, names, SEEN)));
      await members[7]!.leave();
      const others = names.filter((box) => box !== 'box-7');
      await Promise.all(members.map((member) => sees(member, others, SEEN)));
    });

    it('does not mind clocks that are wrong', async function () {
      if (whyNoFakeClock() !== undefined) return this.skip();
      const watcher = await joined('a');
      const [ahead] = await Promise.all([
        child('ahead', fakeClock({ FAKETIME: '+1h' })),
        child('behind', fakeClock({ FAKETIME: '-1h' })),
      ]);
      await sees(watcher, ['a', 'ahead', 'behind'], SEEN);
      const changes: string[] = [];
      const unwatch = watcher.watch(() => changes.push(boxes(watcher).join()));
      await sleep(2 * timeout);
      assert.deepEqual(changes, []);
      unwatch();
      await ahead.kill();
      await sees(watcher, ['a', 'behind'], timeout + slack);
    });
  });
};
