import { spawn } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { serverEnvironment } from './git-environment.ts';

/** One request to `git http-backend`. */
export interface CgiCall {
  /** The folder that holds the repositories. */
  readonly root: string;
  /** Path below the root, such as `/app.git/info/refs`. */
  readonly path: string;
  /** Query string without the question mark. */
  readonly query: string;
  /** The program itself: it lies beside the others that Git is made of. */
  readonly program: string;
  /** Ends the program. */
  readonly signal: AbortSignal;
}

/**
 * Answers a request by what `git http-backend` says, as RFC 3875 has it.
 * @returns the exit code of the program, when all that it said was passed on
 */
export function answerByCgi(request: IncomingMessage, response: ServerResponse, call: CgiCall): Promise<number> {
  const child = spawn(call.program, [], {
    env: cgiEnvironment(request, call),
    stdio: ['pipe', 'pipe', 'ignore'],
    signal: call.signal,
    killSignal: 'SIGTERM',
  });
  request.pipe(child.stdin);
  // A client that goes away, or a program that has heard enough, is seen at the end of either.
  child.stdin.on('error', () => {});
  response.once('close', () => {
    if (!response.writableFinished) child.kill('SIGTERM');
  });
  let head = Buffer.alloc(0);
  child.stdout.on('data', (chunk: Buffer) => {
    if (response.headersSent) {
      if (!response.write(chunk)) {
        child.stdout.pause();
        response.once('drain', () => child.stdout.resume());
      }
      return;
    }
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    writeHead(response, head.subarray(0, end).toString('latin1'));
    response.write(head.subarray(end + 4));
  });
  return new Promise((resolve) => {
    const finish = (code: number): void => {
      if (!response.headersSent) response.writeHead(500);
      response.end();
      resolve(code);
    };
    child.once('error', () => finish(-1));
    child.once('close', (code) => finish(code ?? -1));
  });
}

function cgiEnvironment(request: IncomingMessage, call: CgiCall): Record<string, string> {
  const header = (name: string): string => String(request.headers[name] ?? '');
  const length = request.headers['content-length'];
  return serverEnvironment({
    GIT_PROJECT_ROOT: call.root,
    GIT_HTTP_EXPORT_ALL: '1',
    REQUEST_METHOD: request.method ?? 'GET',
    PATH_INFO: call.path,
    QUERY_STRING: call.query,
    CONTENT_TYPE: header('content-type'),
    HTTP_CONTENT_ENCODING: header('content-encoding'),
    GIT_PROTOCOL: header('git-protocol'),
    REMOTE_USER: 'git',
    REMOTE_ADDR: '127.0.0.1',
    // Without a length, the program reads to the end of what comes in chunks.
    ...(length === undefined ? {} : { CONTENT_LENGTH: length }),
  });
}

function writeHead(response: ServerResponse, head: string): void {
  let status = 200;
  for (const line of head.split('\r\n')) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon);
    const value = line.slice(colon + 1).trim();
    if (name.toLowerCase() === 'status') status = Number.parseInt(value, 10);
    else response.setHeader(name, value);
  }
  response.writeHead(status);
}
