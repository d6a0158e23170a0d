import type { Socket } from 'node:net';
import type { FastifyError, FastifyInstance } from 'fastify';
import { catalogue, type ErrorCode, plumbError } from '../errors.ts';
import { problemAnswer, problemType } from './problem.ts';

/** Where to listen, and until when. */
export interface ListenOptions {
  readonly host: string;
  /** 0 for a free one. */
  readonly port: number;
  /** Ends the server. */
  readonly signal: AbortSignal;
}

/** The code of what Fastify itself refuses; `internal` for anything else. */
export function codeOf({ statusCode, code }: Pick<FastifyError, 'statusCode' | 'code'>): ErrorCode {
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return 'server.too-large';
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return 'server.media-type';
  return statusCode !== undefined && statusCode >= 400 && statusCode < 500 ? 'server.bad-request' : 'internal';
}

/** What is no HTTP, or came too late, is answered in one piece, and nobody is waited for. */
export function refuseConnection(error: Error & { readonly code?: string }, socket: Socket): void {
  const late = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
  const { status, body } = problemAnswer(late ? 'server.timeout' : 'server.bad-request');
  if (error.code !== 'ECONNRESET' && socket.writable && !socket.destroyed) {
    socket.write(
      `HTTP/1.1 ${status} ${late ? 'Request Timeout' : 'Bad Request'}\r\nConnection: close\r\n` +
        `Content-Type: ${problemType}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  }
  socket.destroySoon();
}

/**
 * Begins to listen.
 * @throws PlumbError `server.listen`
 */
export async function listen(app: FastifyInstance, { host, port, signal }: ListenOptions): Promise<void> {
  signal.throwIfAborted();
  try {
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    const { code } = error as { readonly code?: string };
    const cause = code === 'EADDRINUSE' ? 'the port is taken' : code === 'EACCES' ? 'that is not allowed' : code;
    throw plumbError('server.listen', `cannot listen on ${host} port ${port}: ${cause ?? catalogue.internal.summary}`);
  }
}

/** Ends the server with the signal; resolves when no connection is open. */
export async function closedWith(app: FastifyInstance, signal: AbortSignal): Promise<void> {
  if (!signal.aborted) {
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }
  await app.close();
}
