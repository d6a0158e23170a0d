import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { CliContext } from './context.ts';

function base(context: CliContext, variable: string, fallback: readonly string[]): string {
  const named = context.env[variable];
  // The XDG base directory specification wants relative paths ignored.
  if (named !== undefined && isAbsolute(named)) return join(named, 'plumbline');
  return join(context.env['HOME'] ?? homedir(), ...fallback, 'plumbline');
}

/** Where mirrors and rendered results are kept: what can be made anew. */
export function cacheFolder(context: CliContext): string {
  return base(context, 'XDG_CACHE_HOME', ['.cache']);
}

/** Where a person's settings and sign-ins are kept. */
export function configFolder(context: CliContext): string {
  return base(context, 'XDG_CONFIG_HOME', ['.config']);
}

/** Where the repositories of `plumb start` are kept: what a person has pushed. */
export function stateFolder(context: CliContext): string {
  return base(context, 'XDG_STATE_HOME', ['.local', 'state']);
}
