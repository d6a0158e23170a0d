import { spawn } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createGunzip } from 'node:zlib';
import { serverEnvironment } from './git-environment.ts';

/** One request of smart HTTP (gitprotocol-http). */
export interface ServiceCall {
  readonly service: 'git-upload-pack' | 'git-receive-pack';
  /** True for the question what the service has to offer, which every client begins with. */
  readonly advertise: boolean;
  /** The bare repository. */
  readonly directory: string;
  /** Ends the service. */
  readonly signal: AbortSignal;
}

/**
 * Answers a request by what Git's own service says. `git http-backend` does the same by way of one more process.
 * @returns the exit code of the service, when all that it said was passed on
 */
export function answerByService(
  request: IncomingMessage,
  response: ServerResponse,
  { service, advertise, directory, signal }: ServiceCall,
): Promise<number> {
  const protocol = String(request.headers['git-protocol'] ?? '');
  const verb = service.slice('git-'.length);
  const child = spawn('git', [verb, '--stateless-rpc', ...(advertise ? ['--advertise-refs'] : []), directory], {
    env: serverEnvironment({ GIT_PROTOCOL: protocol }),
    stdio: ['pipe', 'pipe', 'ignore'],
    signal,
    killSignal: 'SIGTERM',
  });
  // A client that goes away, or a service that has heard enough, is seen at the end of either.
  child.stdin.on('error', () => {});
  // Clients compress large questions.
  const packed = /^(?:x-)?gzip$/.test(request.headers['content-encoding'] ?? '');
  if (packed) {
    const unpacked = request.pipe(createGunzip());
    unpacked.once('error', () => child.kill('SIGTERM'));
    unpacked.pipe(child.stdin);
  } else request.pipe(child.stdin);
  response.once('close', () => {
    if (!response.writableFinished) child.kill('SIGTERM');
  });

  const begin = (status: number): void => {
    if (response.headersSent) return;
    const kind = advertise ? 'advertisement' : 'result';
    response.writeHead(status, { 'content-type': `application/x-${service}-${kind}`, 'cache-control': 'no-cache' });
    if (advertise && !/(?:^|:)version=2(?:$|:)/.test(protocol)) response.write(announcement(service));
  };
  child.stdout.once('data', () => begin(200));
  child.stdout.pipe(response, { end: false });
  return new Promise((resolve) => {
    const finish = (code: number): void => {
      begin(code === 0 ? 200 : 500);
      response.end();
      resolve(code);
    };
    child.once('error', () => finish(-1));
    child.once('close', (code) => finish(code ?? -1));
  });
}

/** What stands before the refs in the older protocols. */
function announcement(service: string): string {
  const line = `# service=${service}\n`;
  return `${(line.length + 4).toString(16).padStart(4, '0')}${line}0000`;
}
