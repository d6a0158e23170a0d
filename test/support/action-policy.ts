import { actionPolicy, actionPolicyName } from '../../src/action-policy.ts';
import { names } from '../../src/names.ts';
import type { KubeObject } from '../../src/object.ts';
import type { ControllerBench } from './controller.ts';
import { limit } from './limit.ts';
import { grant } from './tokens.ts';

/** The policy of an installation for the namespace of one test: others write Applications at the same time. */
export interface InstalledPolicy {
  /** What a controller calls it. */
  readonly actionPolicy: string;
  remove(): Promise<void>;
}

function policyFor(namespace: string, name: string): KubeObject[] {
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

/** Installs it, and waits until the API server holds everybody to it. The application is one that there is. */
export async function installActionPolicy(
  { client, namespace }: Pick<ControllerBench, 'client' | 'namespace'>,
  application: string,
): Promise<InstalledPolicy> {
  const name = `${actionPolicyName}-${namespace}`;
  const objects = policyFor(namespace, name);
  const probe = { kind: 'User', name: 'policy-probe' } as const;
  await grant(client, namespace, probe, { group: 'plumbline.dev', resource: 'applications', verbs: ['patch'] });
  for (const object of objects) await client.apply(object, { fieldManager: 'test', force: true });
  // The API server learns of a policy by a watch of its own.
  const signal = limit();
  const asked = { metadata: { annotations: { [names.syncRequestedAt]: 'probe' } } };
  const key = { group: 'plumbline.dev', kind: 'Application', namespace, name: application };
  const isRefused = (): Promise<boolean> =>
    client
      .as({ username: probe.name })
      .patch(key, asked, { type: 'merge', dryRun: true, signal })
      .then(
        () => false,
        () => true,
      );
  while (!(await isRefused())) signal.throwIfAborted();
  return {
    actionPolicy: name,
    async remove() {
      for (const { kind } of objects)
        await client.delete({ group: 'admissionregistration.k8s.io', kind, namespace: '', name });
    },
  };
}
