import type { Application } from '../../api/index.ts';
import type { KubeObject } from '../../object.ts';
import type { RenderedObject } from '../../sync/index.ts';
import { destinationOf } from '../rendering/render-request.ts';

/**
 * The destination namespace as an object of the Application, where its labels or annotations are to be kept:
 * so they are compared, reverted and shown as everything else. It keeps itself from ever being deleted, and
 * where Git has the namespace itself or another Application does, those count.
 */
export function managedNamespaceOf(
  application: Application,
  rendered: readonly KubeObject[],
): readonly RenderedObject[] {
  const { sync } = application.spec;
  if (sync?.createNamespace !== true || sync.namespaceMetadata === undefined) return [];
  const name = destinationOf(application);
  if (
    rendered.some(
      ({ kind, apiVersion, metadata }) => kind === 'Namespace' && apiVersion === 'v1' && metadata.name === name,
    )
  )
    return [];
  const { labels = {}, annotations = {} } = sync.namespaceMetadata;
  const object = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels, annotations: { ...annotations, 'plumbline.dev/prune': 'disabled' } },
  };
  return [{ object, yields: true }];
}
