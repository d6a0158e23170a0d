import { load } from 'js-yaml';
import { afterAll, expect, test } from 'vitest';
import { hasCondition, isReadyAt, messageOf, openControllerBench } from '../../../test/support/controller.ts';
import { commandBlocks, shownBlock } from '../../../test/support/documents.ts';
import { typedIn } from '../../../test/support/typed.ts';
import { createRenderer } from '../../render/index.ts';

const renderer = createRenderer({ host: 'wasm', workers: 1 });
afterAll(() => renderer.close());

const blocks = new Map(commandBlocks('docs/dependencies.md').map(({ name, text }) => [name, text]));

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
    const type = await typedIn(bench.namespace);
    const run = (name: string): Promise<string> => type(blocks.get(name) ?? 'false');
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
