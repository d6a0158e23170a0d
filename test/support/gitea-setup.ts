import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestProject } from 'vitest/node';
import { startGitea, type GiteaProcess } from './gitea-process.ts';
import { listenHere } from './listen.ts';

/**
 * One Gitea for a whole run, started when the first test asks for it: a run without such a test has none.
 * @returns ends it
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  let started: Promise<GiteaProcess> | undefined;
  const server = createServer((_, response) => {
    started ??= startGitea();
    started.then(
      ({ access }) => response.end(JSON.stringify(access)),
      (error: unknown) => response.writeHead(500).end(error instanceof Error ? error.message : String(error)),
    );
  });
  await listenHere(server);
  project.provide('giteaStarter', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return async () => {
    server.close();
    server.closeAllConnections();
    const gitea = await started?.catch(() => undefined);
    await gitea?.stop();
  };
}
