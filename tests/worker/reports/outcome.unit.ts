import assert from 'node:assert/strict';
import fc from 'fast-check';
import { errorLine } from '../../../worker/output/error-text.ts';
import { readHandlerResult } from '../../../worker/reports/outcome.ts';

describe('what a handler returns', () => {
  const counts = { processed: 5, aggregated: 2 };

  it('is read as an outcome', () => {
    const none = { processed: 0, aggregated: 0 };
    assert.deepEqual(readHandlerResult(undefined), { event: 'complete', ...none, error: null });
    assert.deepEqual(readHandlerResult(null), { event: 'complete', ...none, error: null });
    assert.deepEqual(readHandlerResult({}), { event: 'complete', ...none, error: null });
    assert.deepEqual(readHandlerResult(counts), { event: 'complete', ...counts, error: null });
    assert.deepEqual(readHandlerResult({ ...counts, outcome: 'noop' }), {
      event: 'empty',
      ...counts,
      error: null,
    });
    assert.equal(readHandlerResult({ outcome: 'cancel' }).event, 'cancel');
  });

  it('is a failure that shows it, when it is something else', () => {
    const wrong = [
      5,
      'done',
      true,
      { processed: -1 },
      { processed: 1.5 },
      { aggregated: '3' },
      { outcome: 'ok' },
    ];
    for (const result of wrong) {
      const { event, error } = readHandlerResult(result);
      assert.equal(event, 'fail');
      assert.match(error ?? '', /^the handler returned .+: expected nothing, or /);
    }
  });

  it('never throws, nor yields counts that are none', () => {
    fc.assert(
      fc.property(fc.anything(), (result) => {
        const { processed, aggregated } = readHandlerResult(result);
        assert.ok(Number.isSafeInteger(processed) && processed >= 0);
        assert.ok(Number.isSafeInteger(aggregated) && aggregated >= 0);
      }),
    );
  });
});

describe('an error in one line', () => {
  it('shows whatever was thrown', () => {
    assert.equal(errorLine(new TypeError('x is not y\nsee z')), 'TypeError: x is not y');
    assert.equal(errorLine({ code: 5 }), '{ code: 5 }');
    assert.equal(errorLine(undefined), 'undefined');
  });
});
