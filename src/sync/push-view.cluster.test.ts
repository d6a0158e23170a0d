import { expect, test } from 'vitest';
import { emptyParentRecord, partOfLabel } from './apply-set.ts';
import { openPushView } from './push-view.ts';
import { clientOfFile, testNamespace } from '../../test/support/kube-client.ts';
import { limit } from '../../test/support/limit.ts';

const client = clientOfFile();

const signal = limit;

test('an answer that comes after the event that the object is gone leaves no ghost', async () => {
  const namespace = await testNamespace(client, 'ghost');
  const ref = { group: '', kind: 'ConfigMap', apiVersion: 'v1', namespace, name: 'held' };
  const made = await client.create({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: ref.name, namespace, labels: { [partOfLabel]: 'set' }, finalizers: ['example.dev/held'] },
  });
  const pushed = await openPushView({
    client,
    applySet: 'set',
    namespace,
    desired: { objects: [], digest: '' },
    parent: { ...emptyParentRecord, groupKinds: ['ConfigMap'] },
    fieldManager: 'plumbline',
    signal: signal(),
  });
  const key = { group: '', kind: 'ConfigMap', namespace, name: ref.name };
  const waits = [{ key, condition: 'Deleted', message: '' }] as const;
  const until = async (isSo: () => boolean): Promise<void> => {
    for (let since = pushed.events(); !isSo(); since = pushed.events()) await pushed.changed(waits, since, signal());
  };
  try {
    // The watch begins with the first wait: it tells of the object, and then that this was all.
    await until(() => pushed.events() > 1);
    const answer = await client.delete(ref, {
      propagation: 'Background',
      preconditions: { uid: made.metadata.uid ?? '' },
      dryRun: false,
      signal: signal(),
    });
    if (answer.state === 'gone') throw new Error('its finalizer holds it');
    expect(pushed.view.find(key)?.uid).toBe(made.metadata.uid);
    await client.patch(ref, { metadata: { finalizers: null } }, { type: 'merge', signal: signal() });
    await until(() => pushed.view.find(key) === undefined);
    pushed.observe(answer.object);
    expect(pushed.view.find(key)).toBeUndefined();
    // What is made anew under the name is known by the answer to its write.
    const again = await client.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: ref.name, namespace, labels: { [partOfLabel]: 'set' } },
    });
    pushed.observe(again);
    expect(pushed.view.find(key)?.uid).toBe(again.metadata.uid);
  } finally {
    await pushed.close();
  }
});
