import { createRenderer, folderTree, type Renderer, type RenderSource } from '../../src/render/index.ts';
import type { KubeObject } from '../../src/object.ts';
import { corpusFolder, foldersWith, valuesFilesOf } from '../render/corpus.ts';
import { forever, renderRequest } from './render.ts';

/** One way to render a part of the corpus. */
export interface CorpusSource {
  /** The folder, and the values where there are any. */
  readonly name: string;
  readonly path: string;
  readonly source: RenderSource;
}

const corpus = corpusFolder();

/** All charts with all their values, all kustomizations, and plain folders. */
export const corpusSources: readonly CorpusSource[] = [
  ...foldersWith(corpus, 'Chart.yaml').flatMap((path) => [
    { name: path, path, source: { kind: 'helm', valueFiles: [] } as const },
    ...valuesFilesOf(corpus, path).map((file) => ({
      name: file,
      path,
      source: { kind: 'helm', valueFiles: [file] } as const,
    })),
  ]),
  ...foldersWith(corpus, 'kustomization.yaml').map((path) => ({
    name: path,
    path,
    source: { kind: 'kustomize' } as const,
  })),
  ...['podinfo/deploy/webapp', 'podinfo/deploy/secure'].map((path) => ({
    name: `${path} as a folder`,
    path,
    source: { kind: 'directory', recurse: true } as const,
  })),
];

/** A renderer for the corpus. */
export function corpusRenderer(): Renderer {
  return createRenderer({ host: 'wasm' });
}

/** The objects of a source, so that they can live beside those of all others in one cluster: see `settled`. */
export async function corpusObjects(
  renderer: Renderer,
  { path, source }: CorpusSource,
  namespace: string,
): Promise<readonly KubeObject[]> {
  const request = renderRequest(path, { source, namespace, apiVersions: [] });
  const { objects } = await renderer.render(request, folderTree(corpus), forever);
  return objects.map((object) => settled(object, namespace));
}

const clusterScoped: ReadonlySet<string> = new Set([
  'ClusterRole',
  'ClusterRoleBinding',
  'IngressClass',
  'ValidatingWebhookConfiguration',
  'ClusterIssuer',
]);

/**
 * The object in this namespace, or with a name of its own where it lives in none. Nothing is left out; what is
 * changed besides, so that it does what it would not do to others' objects, or is there long enough to be looked at:
 * hooks become objects as all others, a webhook asks about no namespace, and a Job is not deleted when it has ended.
 */
function settled(object: KubeObject, namespace: string): KubeObject {
  const { annotations, ...metadata } = object.metadata;
  const kept = Object.entries(annotations ?? {}).filter(([name]) => !name.startsWith('helm.sh/hook'));
  const own = { ...metadata, annotations: Object.fromEntries(kept) };
  if (object.kind === 'Namespace') return { ...object, metadata: { ...own, name: namespace } };
  const moved = clusterScoped.has(object.kind) ? { ...own, name: `${own.name}-${namespace}` } : { ...own, namespace };
  return { ...object, ...contentOf(object, namespace), metadata: moved };
}

interface Content {
  readonly roleRef?: { readonly kind: string; readonly name: string };
  readonly webhooks?: readonly object[];
  readonly spec?: object;
}

function contentOf(object: KubeObject, namespace: string): object {
  const { roleRef, webhooks, spec } = object as Content;
  const nowhere = { matchLabels: { 'corpus.test/asked': 'never' } };
  if (roleRef?.kind === 'ClusterRole') return { roleRef: { ...roleRef, name: `${roleRef.name}-${namespace}` } };
  if (webhooks !== undefined) return { webhooks: webhooks.map((hook) => ({ ...hook, namespaceSelector: nowhere })) };
  if (object.kind === 'Job') return { spec: { ...spec, ttlSecondsAfterFinished: 86_400 } };
  return {};
}

interface Workload {
  readonly spec?: { readonly template?: { readonly spec?: { readonly containers?: readonly Container[] } } };
}
interface Container {
  readonly ports?: readonly { readonly containerPort: number; readonly protocol?: string }[];
}

/** The object with each port of a container once: no server-side apply takes a list with two items of one key. */
export function withoutTwins(object: KubeObject): KubeObject {
  const { template } = (object as Workload).spec ?? {};
  if (template?.spec?.containers === undefined) return object;
  const containers = template.spec.containers.map((container) => {
    const ports = new Map(container.ports?.map((port) => [`${port.containerPort}/${port.protocol}`, port]));
    return ports.size === (container.ports?.length ?? 0) ? container : { ...container, ports: [...ports.values()] };
  });
  if (containers.every((container, index) => container === template.spec?.containers?.[index])) return object;
  return {
    ...object,
    spec: { ...(object.spec as object), template: { ...template, spec: { ...template.spec, containers } } },
  };
}
