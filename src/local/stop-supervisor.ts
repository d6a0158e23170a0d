import { rm } from 'node:fs/promises';
import type { SupervisorProcess } from './supervisor-process.ts';

/** A durable cluster closes its database within some seconds; after this it is killed. In milliseconds. */
const limit = 20_000;

/** Ends a supervisor that this process started, and with it all that it runs. */
export async function stopSupervisor(supervisor: SupervisorProcess): Promise<void> {
  const { child } = supervisor;
  child.stdin?.end();
  child.kill('SIGTERM');
  const impatience = setTimeout(() => child.kill('SIGKILL'), limit);
  await supervisor.ended;
  clearTimeout(impatience);
  const { place } = supervisor;
  // It does this itself, unless it was killed.
  if (place !== undefined && !place.durable) {
    await rm(place.directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }
}
