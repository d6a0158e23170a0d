import { createHash, createHmac } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { type Application, type Source, sourcesOf } from '../../api/index.ts';
import type { JsonObject } from '../../object.ts';
import type { RenderRequest } from '../../render/index.ts';

/** What a render depends on that is not in Git. */
export interface RenderEnvironment {
  readonly kubeVersion: string;
  readonly apiVersions: readonly string[];
}

/** The namespace of objects that name none. */
export function destinationOf(application: Application): string {
  return application.spec.destination?.namespace ?? application.metadata.namespace;
}

/** The namespace that a sync makes where it is missing (`spec.sync.createNamespace`). */
export function namespaceMadeBy(application: Application): string | undefined {
  return application.spec.sync?.createNamespace === true ? destinationOf(application) : undefined;
}

/** What is said of the namespace is one more object. */
function namespaceIn({ spec }: Application): unknown {
  return spec.sync?.createNamespace === true ? spec.sync.namespaceMetadata : undefined;
}

function optionsOf(source: Source): RenderRequest['source'] {
  if (source.directory !== undefined) return { kind: 'directory', ...source.directory };
  if (source.kustomize !== undefined) return { kind: 'kustomize', ...source.kustomize };
  if (source.helm !== undefined) {
    const { values, ...rest } = source.helm;
    // The API server stores nothing but JSON.
    return { kind: 'helm', ...rest, ...(values === undefined ? {} : { values: values as JsonObject }) };
  }
  if (source.jsonnet !== undefined) return { kind: 'jsonnet', ...source.jsonnet };
  return { kind: 'auto' };
}

/** A source that is rendered, and not only lent to the others. */
export type RenderedSource = Source & { readonly path: string };

/** Whether a source is rendered; one without a path only lends its files. */
export function isRendered(source: Source): source is RenderedSource {
  return source.path !== undefined;
}

/**
 * The request that renders one source of an Application.
 * @param index which of its sources it is
 */
export function renderRequestOf(
  application: Application,
  source: RenderedSource,
  index: number,
  environment: RenderEnvironment,
  seed: Uint8Array,
  at: Date,
): RenderRequest {
  return {
    path: source.path,
    source: optionsOf(source),
    namespace: destinationOf(application),
    name: application.metadata.name,
    kubeVersion: environment.kubeVersion,
    apiVersions: environment.apiVersions,
    now: at,
    seed: sourceSeed(application, index, seed),
  };
}

function placeOf(source: Source | undefined): readonly (string | undefined)[] {
  return [source?.path, source?.repositoryRef.name, source?.chart];
}

/**
 * The seed of one source. Random values are drawn by the path, so that one with the path of an earlier source gets a seed
 * of its own; all others keep theirs when sources come and go.
 */
function sourceSeed(application: Application, index: number, seed: Uint8Array): Uint8Array {
  const sources = sourcesOf(application);
  const [path, ...rest] = placeOf(sources[index]);
  const before = sources.slice(0, index).map(placeOf);
  if (!before.some(([other]) => other === path)) return seed;
  const same = before.filter((place) => isDeepStrictEqual(place, [path, ...rest])).length;
  return createHmac('sha256', seed)
    .update(JSON.stringify([path, ...rest, same]))
    .digest();
}

/**
 * One text for all of an Application that decides what comes of the same files: what is rendered of them, and how that is
 * prepared for the cluster. Equal texts, equal sets.
 */
export function renderInputsOf(application: Application): string {
  return createHash('sha256')
    .update(
      JSON.stringify([
        sourcesOf(application),
        destinationOf(application),
        application.spec.ignore,
        application.spec.sync?.missingKinds,
        namespaceIn(application),
      ]),
    )
    .digest('base64');
}
