import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { mock } from 'node:test';
import type { MembershipDriver } from '../../cluster/driver.ts';
import { createMembership } from '../../cluster/keep-membership.ts';
import type { Membership } from '../../cluster/membership.ts';
import type { Member } from '../../domain/cluster/member.ts';

const TIMEOUT = 3_000;

const member = (id: string, facts: Partial<Member['facts']> = {}): Member => ({
  id,
  box: id,
  does: 'work',
  since: 0,
  facts: { version: '1.0.0', service: 'worker', ...facts },
});

/** A server in memory whose answers come when they are let. */
const createServer = () => {
  const kept = new Map<string, Member>();
  const beats: number[] = [];
  const lines: string[] = [];
  let now = 0;
  let answer: () => Promise<void> = () => Promise.resolve();
  let changed = (): void => undefined;
  const driver: MembershipDriver = {
    name: 'memory',
    leastTimeout: 0,
    beat: async (self) => {
      beats.push(now);
      await answer();
      kept.set(self.id, self);
    },
    leave: async ({ id }) => {
      await answer();
      kept.delete(id);
    },
    list: async () => {
      await answer();
      return [...kept.values()];
    },
    watch: (onChange) => {
      changed = onChange;
      return () => (changed = () => undefined);
    },
    close: () => Promise.resolve(),
  };
  const log = (line: string): void => void lines.push(line);
  const membership = createMembership(driver, {
    timeout: TIMEOUT,
    stopwatch: () => now,
    logger: { info: log, warn: log, error: log },
  });
  return {
    membership,
    kept,
    beats,
    lines,
    push: () => changed(),
    answers: (how: () => Promise<void>) => (answer = how),
    /** Keeps all answers from now on until it is told to let them go. */
    holdsBack: () => {
      const held: (() => void)[] = [];
      answer = () => new Promise((resolve) => held.push(resolve));
      return () => {
        for (const letGo of held) letGo();
      };
    },
    /** The clock runs on, and timers with it, in small steps. */
    pass: async (ms: number) => {
      for (let left = ms; left > 0; left -= 100) {
        now += 100;
        mock.timers.tick(100);
        await turn();
      }
    },
    /** The clock runs on, and this process does not. */
    pause: (ms: number) => (now += ms),
  };
};

const ids = (membership: Membership): string[] => membership.members().map(({ id }) => id);
const away = (): Promise<void> => Promise.reject(new Error('away'));
const never = (): Promise<void> => new Promise(() => undefined);

describe('createMembership', () => {
  let server: ReturnType<typeof createServer>;
  let membership: Membership;
  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout'] });
    server = createServer();
    membership = server.membership;
  });
  afterEach(async () => {
    server.answers(() => Promise.resolve());
    await membership.close();
    mock.timers.reset();
  });

  it('beats every third of the time-out', async () => {
    await membership.join(member('a'));
    await server.pass(4_000);
    assert.deepEqual(server.beats, [0, 1_000, 2_000, 3_000, 4_000]);
  });

  it('is in from its first renewal on, and orders members by id', async () => {
    server.kept.set('b', member('b'));
    server.kept.set('A', member('A'));
    assert.deepEqual(ids(membership), []);
    await membership.join(member('a'));
    assert.deepEqual(ids(membership), ['A', 'a', 'b']);
  });

  it('is out when the time-out has passed since the last renewal was sent, and in again with the next', async () => {
    await membership.join(member('a'));
    await server.pass(1_000);
    server.answers(away);
    await server.pass(2_900);
    assert.deepEqual(ids(membership), ['a']);
    await server.pass(100);
    assert.deepEqual(ids(membership), []);
    server.answers(() => Promise.resolve());
    await server.pass(1_000);
    assert.deepEqual(ids(membership), ['a']);
  });

  it('counts from the moment a renewal was sent, not from its answer', async () => {
    await membership.join(member('a'));
    const arrive = server.holdsBack();
    await server.pass(1_000);
    await server.pass(1_500);
    arrive();
    await turn();
    server.answers(away);
    await server.pass(1_400);
    assert.deepEqual(ids(membership), ['a']);
    await server.pass(100);
    assert.deepEqual(ids(membership), []);
  });

  it('is out at once after a pause, before any timer rang', async () => {
    await membership.join(member('a'));
    server.pause(2 * TIMEOUT);
    assert.deepEqual(ids(membership), []);
    await server.pass(1_000);
    assert.deepEqual(ids(membership), ['a']);
  });

  it('asks again when no answer comes, and takes none that is late', async () => {
    await membership.join(member('a'));
    server.answers(never);
    await server.pass(TIMEOUT);
    assert.deepEqual(ids(membership), []);
    server.answers(() => Promise.resolve());
    await server.pass(2_000);
    assert.deepEqual(ids(membership), ['a']);
  });

  it('knows no others from a view that is older than the time-out', async () => {
    server.kept.set('b', member('b'));
    await membership.join(member('a'));
    server.answers(away);
    await server.pass(2_900);
    assert.deepEqual(ids(membership), ['a', 'b']);
    await server.pass(100);
    assert.deepEqual(ids(membership), []);
  });

  it('judges itself by its own clock, whatever the server lists', async () => {
    await membership.join(member('a'));
    await membership.leave();
    server.kept.set('a', member('a'));
    await membership.refresh();
    assert.deepEqual(ids(membership), []);
  });

  it('joins when the server comes back that was away at first', async () => {
    server.answers(away);
    await membership.join(member('a'));
    assert.deepEqual(ids(membership), []);
    server.answers(() => Promise.resolve());
    await server.pass(1_000);
    assert.deepEqual(ids(membership), ['a']);
    assert.deepEqual(
      server.lines.filter((line) => line.includes('renew')),
      [
        'cannot renew the membership (memory), trying again: Error: away',
        'can renew the membership (memory) again',
      ],
    );
  });

  it('makes itself anew on a server that lost everything', async () => {
    await membership.join(member('a'));
    server.kept.clear();
    await server.pass(1_000);
    assert.deepEqual([...server.kept.keys()], ['a']);
  });

  it('tells who watches of others, of changed facts and of itself being out, and of nothing else', async () => {
    const told: string[] = [];
    await membership.join(member('a'));
    const unwatch = membership.watch((members) =>
      told.push(members.map(({ id, facts }) => `${id}${facts.leads === true ? '!' : ''}`).join()),
    );
    await server.pass(3_000);
    server.kept.set('b', member('b'));
    await server.pass(1_000);
    server.kept.set('b', member('b', { leads: true }));
    await server.pass(1_000);
    server.answers(away);
    await server.pass(4_000);
    unwatch();
    server.answers(() => Promise.resolve());
    await server.pass(1_000);
    assert.deepEqual(told, ['a,b', 'a,b!', '']);
  });

  it('looks at once when the server says that something has changed', async () => {
    await membership.join(member('a'));
    server.kept.set('b', member('b'));
    server.push();
    await turn();
    assert.deepEqual(ids(membership), ['a', 'b']);
  });

  it('has no renewal under way bring back a member that left', async () => {
    await membership.join(member('a'));
    const arrive = server.holdsBack();
    await server.pass(1_000);
    const left = membership.leave();
    server.answers(() => Promise.resolve());
    arrive();
    await left;
    await server.pass(2_000);
    assert.deepEqual([...server.kept.keys()], []);
    assert.deepEqual(ids(membership), []);
  });

  it('leaves a server that is away without failing', async () => {
    await membership.join(member('a'));
    server.answers(away);
    await server.pass(1_000);
    await membership.leave();
    assert.match(server.lines.at(-1) ?? '', /could not leave/);
    assert.ok(!server.lines.some((line) => line.startsWith('can ')));
  });

  it('sees others for a process that has not joined, and rejects when they cannot be asked', async () => {
    server.kept.set('b', member('b'));
    assert.deepEqual(
      (await membership.refresh()).map(({ id }) => id),
      ['b'],
    );
    server.answers(away);
    await assert.rejects(membership.refresh(), /away/);
  });
});
