import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { load } from 'js-yaml';
import { expect } from 'vitest';
import { plumbFromSource } from './cli.ts';
import { kubeconfigPath } from './cluster.ts';
import { temporaryFolder } from './folder.ts';
import { kubectlFolder } from './kubectl.ts';
import { shell } from './shell.ts';

interface Kubeconfig {
  readonly contexts: readonly { readonly context: Record<string, unknown> }[];
}

/**
 * Types commands as a document shows them, with `plumb` and `kubectl` on the PATH and a kubeconfig whose namespace is
 * the one of the test.
 * @returns runs commands, none of which may fail, and resolves with what they wrote
 */
export async function typedIn(namespace: string): Promise<(commands: string) => Promise<string>> {
  const folder = temporaryFolder();
  const bin = join(folder, 'bin');
  await mkdir(bin);
  const program = plumbFromSource.map((part) => `'${part}'`).join(' ');
  await writeFile(join(bin, 'plumb'), `#!/bin/sh\nexec ${program} "$@"\n`, { mode: 0o755 });
  const kubeconfig = load(await readFile(kubeconfigPath(), 'utf8')) as Kubeconfig;
  for (const { context } of kubeconfig.contexts) context['namespace'] = namespace;
  await writeFile(join(folder, 'kubeconfig'), JSON.stringify(kubeconfig), { mode: 0o600 });
  const path = [bin, kubectlFolder, process.env['PATH'] ?? ''].join(delimiter);
  const env = { PATH: path, HOME: folder, KUBECONFIG: join(folder, 'kubeconfig') };
  return async (commands) => {
    const { output, failed } = await shell(commands, folder, env).ended;
    expect({ failed, output: failed.length === 0 ? '' : output }).toEqual({ failed: [], output: '' });
    return output;
  };
}
