import { afterAll, beforeAll, expect, test } from 'vitest';
import { openControllerBench, type ControllerBench } from '../../../test/support/controller.ts';
import { grant } from '../../../test/support/tokens.ts';
import { names } from '../../names.ts';
import type { KubeObject } from '../../object.ts';
import { actionPolicy } from './action-policy.ts';
import { limit } from '../../../test/support/limit.ts';

let bench: ControllerBench;
const manager = { fieldManager: 'test', force: true };

/** The policy for the namespace of this test alone: others write Applications at the same time. */
function ownPolicy(namespace: string): KubeObject[] {
  const name = `plumbline-actions-${namespace}`;
  const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': namespace } };
  return actionPolicy({ test: namespace }).map((object) => {
    const spec = object['spec'] as Record<string, object>;
    const isBinding = object.kind === 'ValidatingAdmissionPolicyBinding';
    return {
      ...object,
      metadata: { ...object.metadata, name },
      spec: isBinding ? { ...spec, policyName: name, matchResources: { namespaceSelector } } : spec,
    };
  });
}

const ref = (kind: string, name: string) => ({ group: 'plumbline.dev', kind, namespace: bench.namespace, name });
const annotated = (annotations: Record<string, string | null>) => ({ metadata: { annotations } });

beforeAll(async () => {
  bench = await openControllerBench('action-policy');
  await bench.createRepository();
  await bench.createApplication('web', { source: { repositoryRef: { name: 'apps' }, path: 'web' } });
  const { client, namespace } = bench;
  for (const resource of ['applications', 'repositories'])
    for (const name of ['writer', 'both'])
      await grant(client, namespace, { kind: 'User', name }, { group: 'plumbline.dev', resource, verbs: ['patch'] });
  const verbs = ['sync', 'rollback', 'approve', 'patch'];
  for (const resource of ['applications', 'repositories'])
    await grant(client, namespace, { kind: 'User', name: 'both' }, { group: 'plumbline.dev', resource, verbs });
  for (const object of ownPolicy(namespace)) await client.apply(object, manager);
  // The API server learns of a policy by a watch of its own.
  const signal = limit();
  const writer = client.as({ username: 'writer' });
  const isRefused = (): Promise<boolean> =>
    writer
      .patch(ref('Application', 'web'), annotated({ [names.syncRequestedAt]: 'probe' }), {
        type: 'merge',
        dryRun: true,
        signal,
      })
      .then(
        () => false,
        () => true,
      );
  while (!(await isRefused())) signal.throwIfAborted();
});

afterAll(async () => {
  for (const { kind, metadata } of ownPolicy(bench.namespace))
    await bench.client.delete({ group: 'admissionregistration.k8s.io', kind, namespace: '', name: metadata.name });
  await bench.close();
});

const actions = [
  ['Application', 'web', names.syncRequestedAt, 'sync'],
  ['Application', 'web', names.requestedAt, 'sync'],
  ['Application', 'web', names.rollbackTo, 'rollback'],
  ['Application', 'web', names.approvePrune, 'approve'],
  ['Repository', 'apps', names.acceptRewind, 'approve'],
] as const;

test.for(actions)('on a %s, %s: %s is set by whoever has the verb %s', async ([kind, name, annotation, verb]) => {
  const writer = bench.client.as({ username: 'writer' });
  const both = bench.client.as({ username: 'both' });
  const set = annotated({ [annotation]: 'now' });
  const refusal = writer.patch(ref(kind, name), set, { type: 'merge' });
  await expect(refusal).rejects.toThrow(`needs the verb ${verb} of `);
  await both.patch(ref(kind, name), set, { type: 'merge' });
  // Nor may it be changed or taken away; whatever else is written is none of the policy's business.
  for (const value of ['later', null])
    await expect(writer.patch(ref(kind, name), annotated({ [annotation]: value }), { type: 'merge' })).rejects.toThrow(
      verb,
    );
  await writer.patch(ref(kind, name), annotated({ 'example.com/note': annotation }), { type: 'merge' });
  await both.patch(ref(kind, name), annotated({ [annotation]: null }), { type: 'merge' });
});

test('who writes an Application without annotations is not asked', async () => {
  const writer = bench.client.as({ username: 'writer' });
  await writer.patch(ref('Application', 'web'), { spec: { suspend: true } }, { type: 'merge' });
});
