import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/**
 * Where the background cluster of this user lives when no directory is named: `plumbline/cluster` in the place
 * that the XDG base directory specification has for what a program keeps between its runs.
 */
export function defaultClusterDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  const named = environment['XDG_STATE_HOME'];
  // The specification wants relative paths ignored.
  const base = named !== undefined && isAbsolute(named) ? named : join(homedir(), '.local', 'state');
  return join(base, 'plumbline', 'cluster');
}
