import assert from 'node:assert/strict';
import { openEventStream } from '../../../mx/http/event-stream.ts';
import type { EventStream, Listener, Listening } from '../../../mx/http/event-stream.ts';
import type { LiveEvent } from '../../../scheduler/api/live-event.ts';

interface Message {
  readonly id: string;
  readonly event: string;
  readonly data: { readonly sequence: number; readonly changed: readonly string[]; readonly total: number };
}

const key = (processName: string, hour = 0) => ({
  processName,
  timeperiod: `20150517${String(hour).padStart(2, '0')}`,
});

describe('the stream of events', () => {
  let emit: (event: LiveEvent) => void;
  let stream: EventStream;
  const open = (): void => {
    const subscribe = (listener: (event: LiveEvent) => void) => {
      emit = listener;
      return () => undefined;
    };
    stream = openEventStream({ subscribe });
  };
  beforeEach(() => open());
  afterEach(() => stream.stop());

  const listen = (lastId?: string, listening: Listening = { topics: ['jobs'] }) => {
    const seen: Message[] = [];
    let waiting = 0;
    let dropped = false;
    const listener: Listener = {
      send: ({ text, json }) => {
        const message = JSON.parse(json) as Message;
        assert.equal(
          text,
          `id: ${message.id}\nevent: ${message.event}\ndata: ${JSON.stringify(message.data)}\n\n`,
        );
        seen.push(message);
        waiting += text.length;
      },
      behind: () => waiting,
      drop: () => (dropped = true),
      end: () => undefined,
    };
    stream.join(listener, listening, lastId);
    return {
      seen,
      listener,
      take: () => (waiting = 0),
      isDropped: () => dropped,
      last: () => seen.at(-1)?.id ?? '',
    };
  };
  const change = (...names: string[]): void =>
    emit({ sequence: 0, topic: 'jobs', changed: names.map((name) => key(name)) });
  const told = ({ seen }: { seen: readonly Message[] }) =>
    seen.map(({ event, data }) => (event === 'changed' ? data.changed.join(' ') : event));

  it('tells what happens from now on, each event with an id', () => {
    const first = listen();
    change('A');
    change('B', 'C');
    assert.deepEqual(told(first), ['ready', 'A/2015051700', 'B/2015051700 C/2015051700']);
    assert.equal(new Set(first.seen.map(({ id }) => id)).size, 3);
  });

  it('goes on behind the last event that was seen', () => {
    const first = listen();
    change('A');
    const last = first.last();
    stream.leave(first.listener);
    change('B');
    change('C');
    const again = listen(last);
    change('D');
    assert.deepEqual(
      told(again),
      ['B', 'C', 'D'].map((name) => `${name}/2015051700`),
    );
    assert.deepEqual(told(first), ['ready', 'A/2015051700']);
    assert.deepEqual(told(listen(again.last())), ['ready'], 'nothing was missed');
    stream.resume(again.listener, last);
    assert.equal(told(again).length, 6, 'and when asked on the way');
  });

  it('tells to read anew, once, when more was missed than the last thousand, or of another scheduler', () => {
    const first = listen();
    const start = first.last();
    for (let i = 0; i < 1000; i++) change('A');
    assert.equal(told(listen(start)).length, 1000);
    change('A');
    assert.deepEqual(told(listen(start)), ['reload']);
    const lost = listen(start);
    change('B');
    assert.deepEqual(told(lost), ['reload', 'B/2015051700']);
    assert.deepEqual(told(listen(lost.last())), ['ready']);
    const ahead = start.replace(/\d+$/, '5000');
    for (const other of ['00000000-0', 'nothing', '', `${start}0`, ahead, start.replace(/\d+$/, '-1')])
      assert.deepEqual(told(listen(other)), ['reload'], other);
    const before = first.last();
    open();
    assert.deepEqual(told(listen(before)), ['reload']);
  });

  it('names two hundred jobs of an event at most, and tells how many there are', () => {
    const first = listen();
    emit({ sequence: 0, topic: 'jobs', changed: Array.from({ length: 5000 }, (_, i) => key('A', i % 24)) });
    const { changed, total } = first.seen[1]?.data ?? assert.fail();
    assert.deepEqual([changed.length, total], [200, 5000]);
  });

  it('tells each client what it may see of what it asks for, also when it goes on', () => {
    const trigger = (owner: string): void =>
      emit({
        ...{ sequence: 0, topic: 'triggers', owner },
        changed: [{ owner, id: 'mail', revision: 1, kind: 'created' }],
      });
    const topics = ['jobs', 'triggers'] as const;
    const [ann, bob] = [listen(undefined, { topics, eventsOf: 'ann' }), listen(undefined, { topics })];
    const jobs = listen(undefined, { topics: ['jobs'] });
    trigger('ann');
    change('A');
    trigger('bob');
    assert.deepEqual(told(ann), ['ready', 'trigger', 'A/2015051700']);
    assert.deepEqual(told(bob), ['ready', 'trigger', 'A/2015051700', 'trigger'], 'an admin');
    assert.deepEqual(told(jobs), ['ready', 'A/2015051700']);
    const first = ann.seen[0]?.id;
    assert.deepEqual(told(listen(first, { topics, eventsOf: 'ann' })), ['trigger', 'A/2015051700']);
    assert.deepEqual(told(listen(first, { topics: ['triggers'], eventsOf: 'eve' })), ['ready']);
    assert.ok(!JSON.stringify(ann.seen).includes('bob'));
  });

  it('drops a client that is more than a mebibyte behind, and it alone', () => {
    const [slow, quick] = [listen(), listen()];
    for (let i = 0; i < 300; i++) {
      emit({
        sequence: 0,
        topic: 'jobs',
        changed: Array.from({ length: 200 }, () => key('LongNameOfAProcess')),
      });
      quick.take();
    }
    assert.deepEqual([slow.isDropped(), quick.isDropped()], [true, false]);
    assert.ok(slow.seen.length > 100 && slow.seen.length < 250, String(slow.seen.length));
    assert.equal(quick.seen.length, 301);
    assert.deepEqual(
      told(listen(slow.seen[0]?.id)),
      ['reload'],
      'more than it would be dropped for is not sent at once',
    );
    assert.ok(told(listen(slow.last())).length > 50);
  });
});
