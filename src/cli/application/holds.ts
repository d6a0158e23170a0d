import { PlumbError } from '../../errors.ts';
import type { KubeObject } from '../../object.ts';
import type { PlumbAccess } from '../access/types.ts';

/** A dependency that a sync would wait for. */
export interface HeldBy {
  readonly namespace: string;
  readonly name: string;
  /** As the condition `Synced` would say it, as `DependencySuspended`; `Unknown` where it may not be seen. */
  readonly reason: string;
  /** One line for people. */
  readonly message: string;
}

/** What a sync of an Application would wait for, as its dependencies stand now. */
export async function findHolds(
  access: Pick<PlumbAccess, 'get'>,
  object: KubeObject,
  signal: AbortSignal,
): Promise<readonly HeldBy[]> {
  const { parseApplication } = await import('../../api/index.ts');
  const dependent = parseApplication(object);
  const { dependsOn = [] } = dependent.spec;
  if (dependsOn.length === 0) return [];
  const { holdOf } = await import('../../controller/index.ts');
  const holds = await Promise.all(
    dependsOn.map(async (dependency): Promise<readonly HeldBy[]> => {
      const { name, namespace = dependent.metadata.namespace } = dependency;
      try {
        const found = await access.get({ kind: 'Application', namespace, name }, signal);
        const hold = holdOf(dependent, dependency, found === undefined ? undefined : parseApplication(found));
        return hold === undefined ? [] : [{ namespace, name, ...hold }];
      } catch (error) {
        if (!(error instanceof PlumbError && unseen.has(error.code))) throw error;
        const message = `whether ${namespace}/${name} is ready cannot be told: it may not be seen`;
        return [{ namespace, name, reason: 'Unknown', message }];
      }
    }),
  );
  return holds.flat();
}

const unseen: ReadonlySet<string> = new Set(['kube.forbidden', 'auth.forbidden']);
