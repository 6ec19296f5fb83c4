import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { routes } from '../../mx/api/routes.ts';
import { httpErrors } from '../../mx/http/error-status.ts';
import { json } from './support/ask.ts';
import type { Answer, Question } from './support/ask.ts';
import { serve } from './support/served.ts';
import type { Served } from './support/served.ts';

describe('a refusal of the API', () => {
  let served: Served;
  before(async () => {
    served = await serve();
  });
  after(() => served.close());

  const refused = (answer: Answer, status: number, code: string): void => {
    assert.match(answer.headers['content-type'] ?? '', /^application\/problem\+json/);
    const { detail, type, title, ...problem } = answer.json();
    assert.deepEqual([answer.status, problem], [status, { status, code }]);
    assert.equal(type, `urn:synergy:problem:${code.toLowerCase().replaceAll('_', '-')}`);
    assert.ok(String(detail).length > 10 && String(title).length > 3);
  };
  const post = (path: string, question: Question): Promise<Answer> =>
    served.ask(path, { method: 'POST', ...question });

  it('is problem+json, whatever is wrong', async () => {
    const jsonType = { 'Content-Type': 'application/json' };
    refused(await served.ask('/api/v1/nothing'), 404, 'NOT_FOUND');
    refused(await served.ask('/api/'), 404, 'NOT_FOUND');
    refused(await served.ask('/api/v2/overview'), 404, 'NOT_FOUND');
    refused(await post('/api/v1/nothing', json({})), 404, 'NOT_FOUND');
    refused(await served.ask('/api/v1/jobs/SiteHourly/%zz'), 400, 'BAD_REQUEST');
    refused(await served.ask('/api/v1/uows/nothing'), 404, 'NOT_FOUND');
    refused(await served.ask('/api/v1/jobs/SiteHourly/2015'), 400, 'INVALID_TIMEPERIOD');
    refused(await served.ask('/api/v1/journal?limit=1&limit=2'), 400, 'BAD_REQUEST');
    refused(await post('/api/v1/commands', { headers: jsonType, body: '{"kind":' }), 400, 'BAD_REQUEST');
    refused(await post('/api/v1/commands', { headers: jsonType, body: '' }), 400, 'BAD_REQUEST');
    refused(await post('/api/v1/commands', { headers: jsonType, body: '"skip"' }), 400, 'BAD_REQUEST');
    refused(await post('/api/v1/commands', { body: '{}' }), 415, 'UNSUPPORTED_MEDIA_TYPE');
    const packed = { ...jsonType, 'Content-Encoding': 'zstd' };
    refused(await post('/api/v1/commands', { headers: packed, body: '{}' }), 415, 'UNSUPPORTED_MEDIA_TYPE');
    const large = JSON.stringify({ kind: 'x'.repeat(70_000) });
    refused(await post('/api/v1/commands', { headers: jsonType, body: large }), 413, 'BODY_TOO_LARGE');
    refused(await served.ask('/api/v1/overview', { headers: { Host: 'evil.example' } }), 421, 'WRONG_HOST');
  });

  it('of a method names those that the path takes', async () => {
    const allowed = async (path: string, method: string): Promise<string | undefined> => {
      const answer = await served.ask(path, { ...json({}), method });
      refused(answer, 405, 'METHOD_NOT_ALLOWED');
      return answer.headers.allow;
    };
    const taken = new Set(routes.filter(({ method }) => method === 'post').map(({ path }) => path));
    for (const { path } of routes.filter((route) => route.method === 'get' && !taken.has(route.path))) {
      const asked = `/api/v1${path.replace(/\{(\w+)\}/g, 'x')}`;
      assert.equal(await allowed(asked, 'POST'), 'GET, HEAD', asked);
    }
    for (const path of ['/api/v1/openapi.json', '/api/v1/stream', '/metrics', '/health', '/ready'])
      assert.equal(await allowed(path, 'POST'), 'GET, HEAD', path);
    for (const method of ['PUT', 'PATCH', 'DELETE', 'OPTIONS'])
      assert.equal(await allowed('/api/v1/commands', method), 'GET, HEAD, POST', method);
  });

  it('of what is no HTTP is one as well', async () => {
    const answer = async (sent: string): Promise<string> => {
      const socket = connect(Number(new URL(served.mx.url).port), '127.0.0.1');
      let text = '';
      socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
      socket.write(sent);
      await new Promise((resolve) => socket.once('close', resolve));
      return text;
    };
    for (const [sent, code] of [
      ['hello\r\n\r\n', 'BAD_REQUEST'],
      ['GET /health HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n', 'BAD_REQUEST'],
      [`GET /health HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`, 'HEADERS_TOO_LARGE'],
    ] as const) {
      const text = await answer(sent);
      const { status } = httpErrors[code];
      assert.match(text, new RegExp(`^HTTP/1.1 ${status} `));
      assert.match(text, /\r\nContent-Type: application\/problem\+json/);
      assert.equal((JSON.parse(text.split('\r\n\r\n')[1] ?? '') as { code: string }).code, code);
    }
    assert.equal((await served.ask('/health')).status, 200);
  });
});
