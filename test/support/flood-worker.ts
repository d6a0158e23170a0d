import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';

/**
 * A Git server that lists without end, as fast as it is read: what it can do (`capabilities`), or its refs. In a thread
 * of its own, so that whoever reads is not kept from defending himself by the same thread.
 */
const floodsCapabilities = workerData === 'capabilities';

const packet = (line: string): string => (line.length + 5).toString(16).padStart(4, '0') + line + '\n';
const filling = 'x'.repeat(200);

const lines = Array.from({ length: 2_000 }, (_, index) =>
  packet(
    floodsCapabilities
      ? `capability-${index}=${filling}`
      : `${(index + 1).toString(16).padStart(40, '0')} refs/heads/main/${index}/${filling}`,
  ),
).join('');

function flood(response: ServerResponse): void {
  if (response.destroyed) return;
  if (response.write(lines)) setImmediate(flood, response);
  else response.once('drain', () => flood(response));
}

const server = createServer((incoming, response) => {
  const isFirst = incoming.method === 'GET';
  response.writeHead(200, {
    'content-type': `application/x-git-upload-pack-${isFirst ? 'advertisement' : 'result'}`,
  });
  incoming.resume();
  if (!isFirst) {
    flood(response);
    return;
  }
  response.write(`${packet('# service=git-upload-pack')}0000${packet('version 2')}`);
  if (floodsCapabilities) flood(response);
  else response.end(`${['ls-refs', 'fetch', 'object-format=sha1'].map((line) => packet(line)).join('')}0000`);
});
server.listen(0, '127.0.0.1', () => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, and no window
  parentPort?.postMessage((server.address() as AddressInfo).port);
});
