import { createHash } from 'node:crypto';
import type { Application, Source } from '../api/index.ts';
import type { JsonObject } from '../object.ts';
import type { RenderRequest } from '../render/index.ts';

/** What a render depends on that is not in Git. */
export interface RenderEnvironment {
  readonly kubeVersion: string;
  readonly apiVersions: readonly string[];
}

/** The namespace of objects that name none. */
export function destinationOf(application: Application): string {
  return application.spec.destination?.namespace ?? application.metadata.namespace;
}

function sourceOf(source: Source): RenderRequest['source'] {
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

/** The request that renders an Application at a commit. */
export function renderRequestOf(
  application: Application,
  environment: RenderEnvironment,
  seed: Uint8Array,
  committedAt: Date,
): RenderRequest {
  return {
    path: application.spec.source.path ?? '.',
    source: sourceOf(application.spec.source),
    namespace: destinationOf(application),
    name: application.metadata.name,
    kubeVersion: environment.kubeVersion,
    apiVersions: environment.apiVersions,
    now: committedAt,
    seed,
  };
}

/** One text for all of an Application that its render depends on; equal texts, equal renders of a tree. */
export function renderInputsOf(application: Application): string {
  const { source } = application.spec;
  return createHash('sha256')
    .update(JSON.stringify([source, destinationOf(application)]))
    .digest('base64');
}
