import assert from 'node:assert/strict';
import { attemptsOf } from '../../../domain/event/attempt.ts';
import type { LogRecord } from '../../../domain/model/record.ts';

const NOON = Date.UTC(2027, 0, 1, 12);

const lines = (attempt: number, at: number, ...texts: readonly string[]): LogRecord[] =>
  texts.map((line, sequence) => ({ parentId: 'e', sequence, attempt, at, stream: 'log', line }));

describe('the attempts of an execution', () => {
  it('are what was sent and what came back, the latest first', () => {
    const log = [
      ...lines(
        1,
        NOON,
        '→ POST https://example.org/hook 2 bytes',
        '→ x-a: 1',
        '→ x-b: 2',
        '← 503 in 4 ms',
        'no',
        'longer',
      ),
      ...lines(2, NOON + 1_000, '→ POST https://example.org/hook 2 bytes', '← 204 in 5 ms'),
    ];
    assert.deepEqual(attemptsOf(log), [
      {
        ...{ number: 2, at: NOON + 1_000, request: 'POST https://example.org/hook 2 bytes' },
        ...{ headers: '', answer: '204 in 5 ms', body: '' },
      },
      {
        ...{ number: 1, at: NOON, request: 'POST https://example.org/hook 2 bytes' },
        ...{ headers: 'x-a: 1\nx-b: 2', answer: '503 in 4 ms', body: 'no\nlonger' },
      },
    ]);
  });

  it('say why nothing was sent, or have no answer yet', () => {
    const log = [...lines(1, NOON, 'nothing was sent: no key'), ...lines(2, NOON, '→ PUT a')];
    assert.deepEqual(
      attemptsOf(log).map(({ request, answer, body }) => [request, answer, body]),
      [
        ['PUT a', '', ''],
        ['', '', 'nothing was sent: no key'],
      ],
    );
    assert.deepEqual(attemptsOf([]), []);
  });
});
