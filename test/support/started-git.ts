import type { ChildProcess } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { onTestFinished } from 'vitest';

/** Hears which commands of Git are started from here on a mirror, until the test ends: `log`, `push`, in their order. */
export function hearStartedGit(): readonly string[] {
  const verbs: string[] = [];
  const hear = (message: unknown): void => {
    const { process: child } = message as { readonly process: ChildProcess };
    // With what it is started is known a moment later.
    queueMicrotask(() => {
      const [, directory, verb] = child.spawnargs;
      // The one that reads objects lives on, and is started anew when it was idle.
      if (directory?.startsWith('--git-dir=') === true && verb !== undefined && verb !== 'cat-file') verbs.push(verb);
    });
  };
  subscribe('child_process', hear);
  onTestFinished(() => void unsubscribe('child_process', hear));
  return verbs;
}
