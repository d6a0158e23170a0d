import type { AddressInfo, Server } from 'node:net';

/**
 * Has a server of a test listen on a free port of this machine, where a connection that breaks ends that connection and
 * never the run: tests cut them, and kill who is at the other end.
 * @returns the port
 */
export async function listenHere(server: Server): Promise<number> {
  // Of TLS, the one below is told of as well.
  for (const event of ['connection', 'secureConnection']) {
    server.on(event, (socket: NodeJS.EventEmitter) => socket.on('error', () => {}));
  }
  const listening = Promise.withResolvers<void>();
  server.once('error', listening.reject);
  server.listen(0, '127.0.0.1', listening.resolve);
  await listening.promise;
  server.off('error', listening.reject);
  // Whoever could not be taken in comes again, or the test that waits for it says so.
  server.on('error', (error) => void process.stderr.write(`a server of a test: ${error.message}\n`));
  return (server.address() as AddressInfo).port;
}
