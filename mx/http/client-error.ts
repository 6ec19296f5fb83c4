import { STATUS_CODES } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { HttpError, toProblem } from './problem.ts';
import type { HttpCode } from './error-status.ts';

/** Of Node's parser; what is not here is no HTTP that it knows. */
const codes: Readonly<Record<string, readonly [HttpCode, string]>> = {
  HPE_HEADER_OVERFLOW: [
    'HEADERS_TOO_LARGE',
    'the head of the request is too large: send fewer or shorter headers',
  ],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: ['BODY_TOO_LARGE', 'the chunk extensions of the body are too large'],
  ERR_HTTP_REQUEST_TIMEOUT: [
    'REQUEST_TOO_SLOW',
    'the request did not come to its end in time: send it again',
  ],
};

/** Answers what could not be read as a request, and ends its connection. Behind an answer, as on one kept alive, it only ends it. */
export const answerClientError = (error: NodeJS.ErrnoException, socket: Duplex): void => {
  const hasAnswered = socket instanceof Socket && socket.bytesWritten > 0;
  if (error.code === 'ECONNRESET' || hasAnswered || !socket.writable) {
    socket.destroy();
    return;
  }
  const [code, detail] = codes[error.code ?? ''] ?? [
    'BAD_REQUEST',
    'the request is not HTTP as it is read here',
  ];
  const problem = toProblem(new HttpError(code, detail));
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}`,
    'Content-Type: application/problem+json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
};
