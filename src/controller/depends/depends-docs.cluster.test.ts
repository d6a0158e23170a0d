import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { load } from 'js-yaml';
import { afterAll, expect, test } from 'vitest';
import { plumbFromSource } from '../../../test/support/cli.ts';
import { kubeconfigPath } from '../../../test/support/cluster.ts';
import { hasCondition, isReadyAt, messageOf, openControllerBench } from '../../../test/support/controller.ts';
import { commandBlocks, shownBlock } from '../../../test/support/documents.ts';
import { temporaryFolder } from '../../../test/support/kubeconfig.ts';
import { kubectlFolder } from '../../../test/support/kubectl.ts';
import { shell } from '../../../test/support/shell.ts';
import { createRenderer } from '../../render/index.ts';

const renderer = createRenderer({ host: 'wasm', workers: 1 });
afterAll(() => renderer.close());

const blocks = new Map(commandBlocks('docs/dependencies.md').map(({ name, text }) => [name, text]));

interface Kubeconfig {
  readonly contexts: readonly { readonly context: Record<string, unknown> }[];
}

/** A folder with a `plumb` on the PATH, and a kubeconfig whose namespace is that of the test. */
async function world(namespace: string): Promise<{ folder: string; env: Record<string, string> }> {
  const folder = await temporaryFolder();
  const bin = join(folder, 'bin');
  await mkdir(bin);
  const program = plumbFromSource.map((part) => `'${part}'`).join(' ');
  await writeFile(join(bin, 'plumb'), `#!/bin/sh\nexec ${program} "$@"\n`, { mode: 0o755 });
  const kubeconfig = load(await readFile(kubeconfigPath(), 'utf8')) as Kubeconfig;
  for (const { context } of kubeconfig.contexts) context['namespace'] = namespace;
  await writeFile(join(folder, 'kubeconfig'), JSON.stringify(kubeconfig), { mode: 0o600 });
  const path = [bin, kubectlFolder, process.env['PATH'] ?? ''].join(delimiter);
  return { folder, env: { PATH: path, HOME: folder, KUBECONFIG: join(folder, 'kubeconfig') } };
}

test('what docs/dependencies.md shows is so: two that are waited for, how it looks, and how a person passes them', async () => {
  const bench = await openControllerBench('depends-docs', { shared: renderer });
  try {
    const configMap = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\ndata: {}\n';
    const commit = await bench.repository.commit({ 'web/settings.yaml': configMap });
    await bench.createRepository();
    const applications = `/apis/plumbline.dev/v1alpha1/namespaces/${bench.namespace}/applications`;
    for (const name of ['web', 'certificates'])
      await bench.kube.call('POST', applications, load(shownBlock('docs/dependencies.md', name)) as object);
    bench.start();
    const held = await bench.application('web', hasCondition('Synced', 'False', 'DependencyMissing'));
    expect(messageOf(held, 'Synced')).toContain(`there is no Application ${bench.namespace}/database`);
    const { folder, env } = await world(bench.namespace);
    const run = async (name: string): Promise<string> => {
      const { output, failed } = await shell(blocks.get(name) ?? 'false', folder, env).ended;
      expect({ failed, output: failed.length === 0 ? '' : output }).toEqual({ failed: [], output: '' });
      return output;
    };
    const shown = await run('look');
    expect(shown).toMatch(/^web +OutOfSync .* DependencyMissing /m);
    expect(shown).toMatch(new RegExp(`^Depends on: +${bench.namespace}/database Missing$`, 'm'));
    expect(shown).toContain(`infra/certificates Missing, if dep.metadata.labels['release'] == 'two'`);
    await run('past');
    const passed = await bench.application('web', isReadyAt(commit));
    expect(passed.status?.synced?.by).toBe('manual');
    await run('past-by-hand');
    await bench.application('web', ({ status }) => status?.handledSyncRequest === 'passed by Ada');
    expect([...blocks.keys()]).toEqual(['look', 'past', 'past-by-hand']);
  } finally {
    await bench.close();
  }
});
